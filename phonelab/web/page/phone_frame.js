// The web page that the phone serves, in a frame that runs no script and has an origin of its own.
import {el} from "./dom.js";

const key = document.querySelector("meta[name=frame-key]").content;

export function phone_frame(name) {
	const place = el("div", {class: "own"});
	const load = () => place.replaceChildren(el("iframe", {sandbox: "", referrerpolicy: "no-referrer", title: `The web page of ${name}`,
		src: `phone-page?${new URLSearchParams({key, phone: name, path: "/"})}`}));
	const details = el("details", {ontoggle() {
		if (details.open && !place.firstChild)
			load();
	}}, el("summary", {}, "As a browser in the network of the phone shows it"), el("p", {}, el("button", {type: "button", onclick: load}, "Load again")), place);
	return el("section", {class: "panel", id: "own-page"}, el("h2", {}, "The phone's own web page"), details);
}
