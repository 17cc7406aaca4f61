// The message sequence of a phone: each recorded frame is an arrow between the phone and a participant. A selected frame shows its
// decode and its octets. The rows are those of phonelab/sequence/sequence.h.
import {el, svg, set, seconds} from "./dom.js";
import {ask, STEPS} from "./model.js";

const PAUSE = 400, IDLE = 5000; // ms between two requests: while events come, and otherwise
const BEFORE = 1e4; // us: the switch may send before the phone has reported its power
const WORDS = {"phone": "Phone", "switch": "Switch", "dhcp": "DHCP", "dns": "DNS", "files": "Files", "call-manager": "Call manager", "network": "Network"};
const UNREADABLE = /[^\x20-\x7e]/g;

const time_text = (ms) => ms === null ? "" : seconds(ms).replace(/^-0\.000$/, "0.000");

const number_of = (node) => +node.id.slice("frame-".length);

function x_of(index, count) {
	return `${((index + .5) / count * 100).toFixed(3)}%`;
}

// The lifelines of a row, and its arrow.
function lanes(count, from, to) {
	const right = to > from, head = svg("svg", {x: x_of(to, count), y: "50%", overflow: "visible", width: 1, height: 1},
		svg("path", {class: "head", d: right ? "M0 0l-8-4v8z" : "M0 0l8-4v8z"}));
	return el("span", {class: "lanes"}, svg("svg", {"aria-hidden": "true"},
		Array.from({length: count}, (_, i) => svg("line", {class: "life", x1: x_of(i, count), x2: x_of(i, count), y1: 0, y2: "100%"})),
		svg("line", {class: "shaft", x1: x_of(from, count), x2: x_of(to, count), y1: "50%", y2: "50%"}),
		svg("circle", {class: "head", cx: x_of(from, count), cy: "50%", r: 2}), head));
}

function heads(participants) {
	return el("div", {class: "heads"}, el("div", {class: "lanehead"}, participants.map((one) =>
		el("div", {}, el("b", {}, WORDS[one.kind] ?? one.kind), one.kind === "phone" ? null : el("span", {}, one.name),
			one.address && el("span", {class: "mono"}, one.address)))));
}

// Octets as an analyser shows them: offset, hexadecimal, ASCII.
export function dump(bytes, wide) {
	const lines = [];
	for (let at = 0; at < bytes.length; at += wide) {
		const part = [...bytes.slice(at, at + wide)];
		lines.push(at.toString(16).padStart(4, "0") + "  " + part.map((byte) => byte.toString(16).padStart(2, "0")).join(" ").padEnd(wide * 3 + 1)
			+ String.fromCharCode(...part).replace(UNREADABLE, "."));
	}
	return lines.join("\n");
}

function frame_nodes(reply, boot) {
	const bytes = Uint8Array.from(atob(reply.bytes), (c) => c.charCodeAt(0));
	const ms = boot === null ? null : (reply.t - boot) / 1000;
	return [el("h3", {}, `Frame ${reply.number}`, el("span", {class: "dim"}, ` ${reply.protocol}, ${reply.length} octets${ms === null ? "" : `, at ${time_text(ms)} s`}`)),
		reply.error ? el("p", {class: "bad"}, `Malformed at octet ${reply.error_offset}: ${reply.error}`) : null,
		el("div", {class: "decode"},
			el("dl", {class: "facts fields"}, reply.fields.map(([name, value]) => el("div", {}, el("dt", {class: "mono"}, name), el("dd", {}, value)))),
			el("div", {}, el("pre", {tabindex: "0", "aria-label": "Octets of the frame"}, dump(bytes, matchMedia("(max-width: 620px)").matches ? 8 : 16)),
				bytes.length < reply.length ? el("p", {class: "dim"}, `The first ${bytes.length} octets were recorded.`) : null))].filter(Boolean);
}

// The part of the page of a phone. refresh(switch, boot): something may have changed; boot: the time (us) when the boot began, or null.
export function sequence_part(name) {
	let rows = [], participants = [], last = 0, sw = "", boot = null, picked = 0, drawn = "", step = 0, asked = 0;
	let busy = false, stale = false, soon = 0, idle = 0;
	const list = el("div", {class: "arrows", role: "listbox", tabindex: "0", "aria-label": "Frames, oldest first", onkeydown: on_key, onclick: on_click});
	const table = el("div", {class: "sequence", role: "region", "aria-label": "Message sequence"}), note = el("p", {class: "dim"}), count = el("span", {class: "dim"});
	const detail = el("div", {class: "frame"}, el("p", {class: "dim"}, "Select a frame for its decode and its octets."));
	const check = (label) => { const box = el("input", {type: "checkbox", onchange: draw}); return [box, el("label", {class: "tick"}, box, " ", label)]; };
	const [every, every_label] = check("Every frame"), [earlier, earlier_label] = check("Earlier boots");
	const download = el("a", {class: "download", download: `${name}.pcapng`}, "Download as pcapng");
	const part = el("section", {class: "panel", id: "sequence"}, el("h2", {}, "Message sequence"),
		el("div", {class: "bar"}, every_label, earlier_label, count, download), note, table, detail);

	function chosen() {
		return rows.filter((row) => (every.checked || row[7]) && (earlier.checked || boot === null || row[1] >= boot - BEFORE));
	}

	function row_node([number, t, from, to, protocol, at, summary], before) {
		const ms = boot === null ? null : (t - boot) / 1000, peer = participants[from ? from : to];
		const way = from ? `${WORDS[peer?.kind]} to phone` : `phone to ${WORDS[peer?.kind]}`;
		return el("div", {class: "arrow" + (at && at !== before ? " begins" : ""), role: "option", id: `frame-${number}`, "aria-selected": number === picked ? "true" : "false",
			"aria-label": `${time_text(ms)} s, ${protocol}, ${way}: ${summary}${at ? `, step ${at}` : ""}`},
		el("span", {class: "mono time"}, time_text(ms)), el("span", {class: "at"}, at && at !== before ? `${at} ${STEPS[at - 1]}` : ""),
		lanes(participants.length, from, to), el("span", {class: "mono protocol"}, protocol), el("span", {class: "says"}, summary));
	}

	// Rows are added at the end and leave at the front; all are drawn again if what they show of themselves has changed.
	function draw() {
		const all = chosen(), look = JSON.stringify([boot, participants, every.checked, earlier.checked]);
		const frames = rows.filter((row) => earlier.checked || boot === null || row[1] >= boot - BEFORE).length;
		const at_end = list.scrollHeight > list.clientHeight && list.scrollTop + list.clientHeight >= list.scrollHeight - 4;
		set(count, `${all.filter((row) => row[7]).length} messages in ${frames} frames`);
		if (look !== drawn) {
			drawn = look;
			step = 0;
			list.replaceChildren();
			table.replaceChildren(heads(participants), list);
		}
		while (list.firstChild && !(all.length && number_of(list.firstChild) >= all[0][0]))
			list.firstChild.remove();
		const have = list.lastChild ? number_of(list.lastChild) : 0;
		for (const row of all.filter(([number]) => number > have)) {
			list.append(row_node(row, step));
			step = row[5] || step;
		}
		if (at_end && !picked)
			list.scrollTop = list.scrollHeight;
		mark();
	}

	function mark() {
		for (const node of list.children)
			node.setAttribute("aria-selected", node.id === `frame-${picked}` ? "true" : "false");
		if (document.getElementById(`frame-${picked}`))
			list.setAttribute("aria-activedescendant", `frame-${picked}`);
		else
			list.removeAttribute("aria-activedescendant");
	}

	async function pick(number) {
		picked = number;
		mark();
		document.getElementById(`frame-${number}`)?.scrollIntoView({block: "nearest"});
		const mine = ++asked;
		// A held key passes many frames: ask for the one at which it stops.
		await new Promise((done) => setTimeout(done, 80));
		if (mine !== asked)
			return;
		const reply = await ask("frame", {phone: name, switch: sw, number});
		if (mine === asked)
			detail.replaceChildren(...(reply.error && !reply.bytes ? [el("p", {class: "dim"}, reply.error)] : frame_nodes(reply, boot)));
	}

	function on_click(event) {
		const node = event.target.closest(".arrow");
		if (node)
			pick(number_of(node));
	}

	function on_key(event) {
		const nodes = [...list.children], at = nodes.findIndex((node) => node.id === `frame-${picked}`);
		const to = {ArrowDown: at + 1, ArrowUp: at < 0 ? nodes.length - 1 : at - 1, Home: 0, End: nodes.length - 1, PageDown: at + 10, PageUp: at - 10}[event.key];
		if (to === undefined || !nodes.length)
			return;
		event.preventDefault();
		pick(number_of(nodes[Math.min(Math.max(to, 0), nodes.length - 1)]));
	}

	function forget() {
		rows = [];
		last = 0;
		drawn = "";
		picked = 0;
	}

	async function read() {
		const from = sw, reply = await ask("sequence", {phone: name, switch: from, number: last});
		set(note, reply.error ?? "");
		note.hidden = !reply.error;
		if (reply.error || from !== sw)
			return;
		// Another switch process, or a participant more: what is known has other numbers.
		if (reply.last < last || (last && JSON.stringify(reply.participants) !== JSON.stringify(participants))) {
			forget();
			return read();
		}
		rows = rows.filter((row) => row[0] >= reply.first).concat(reply.rows);
		participants = reply.participants;
		last = reply.last;
		draw();
	}

	// One request at a time; again soon if something has happened meanwhile, else after a while, as long as the page is there.
	async function poll() {
		clearTimeout(idle);
		soon = 0;
		if (busy) {
			stale = true;
			return;
		}
		busy = true;
		stale = false;
		if (sw && !document.hidden)
			await read();
		busy = false;
		if (stale)
			soon ||= setTimeout(poll, PAUSE);
		else if (part.isConnected)
			idle = setTimeout(poll, IDLE);
	}

	function refresh(switch_name, began) {
		if (switch_name !== sw)
			forget();
		const moved = began !== boot;
		sw = switch_name;
		boot = began;
		download.setAttribute("href", `capture?${new URLSearchParams({phone: name, switch: sw})}`);
		download.hidden = !sw;
		if (!sw)
			set(note, "The phone is not plugged into a switch of this lab.");
		if (moved)
			draw();
		soon ||= setTimeout(poll, last ? PAUSE : 0);
	}

	return {part, refresh};
}
