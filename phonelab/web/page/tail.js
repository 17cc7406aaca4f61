// Following files of the lab (phonelab/web/tails.h), and the view of a log.
import {el, clean} from "./dom.js";

const REST_MS = 5000; // a page that nobody sees follows nothing after this time
const LINES = 2000; // of a log that are kept

// Follow files: part(data) receives what the server sends. stop() ends it. The browser connects again by itself.
export function follow_files(files, part) {
	let source = null, rest = 0;
	const open = () => {
		source = new EventSource("follow?files=" + encodeURIComponent(files.join()));
		source.addEventListener("part", (event) => part(JSON.parse(event.data)));
	};
	const close = () => {
		source?.close();
		source = null;
	};
	const look = () => {
		clearTimeout(rest);
		if (document.hidden)
			rest = setTimeout(close, REST_MS);
		else if (!source)
			open();
	};
	document.addEventListener("visibilitychange", look);
	open();
	return {stop() {
		document.removeEventListener("visibilitychange", look);
		clearTimeout(rest);
		close();
	}};
}

// The text of a log; it stays at its end while it is scrolled to its end.
export function log_view(label) {
	const box = el("pre", {class: "log tall", tabindex: "0", role: "log", "aria-live": "off", "aria-label": label}, el("span", {class: "dim reading"}, "reading"));
	let lines = 0, end = true;
	const go_to_end = () => {
		if (end)
			box.scrollTop = box.scrollHeight;
	};
	box.addEventListener("scroll", () => { end = box.scrollTop + box.clientHeight >= box.scrollHeight - 4; });
	new ResizeObserver(go_to_end).observe(box); // the lines wrap in another way
	return {box, part(data) {
		if (data.missing || data.first) {
			box.replaceChildren();
			lines = 0;
		}
		if (data.missing)
			box.append(el("span", {class: "dim"}, "The program has not written this log."));
		if (data.skipped)
			box.append(el("span", {class: "dim"}, `${data.skipped} older octets are not shown\n`));
		for (const line of data.missing ? [] : data.text.split("\n").slice(0, -1)) {
			box.append(clean(line) + "\n");
			lines++;
		}
		for (; lines > LINES; lines--)
			box.firstChild.remove();
		if (!box.firstChild)
			box.append(el("span", {class: "dim"}, "The log is empty."));
		else if (lines && box.firstChild.textContent === "The log is empty.")
			box.firstChild.remove();
		go_to_end();
	}};
}
