// Configuration lines for a switch, each with the reply of the switch below it.
import {el} from "./dom.js";
import {ask, may_change} from "./model.js";

const MOST = 7000; // octets of a request, less than the limit of the server

function result_rows(lines, replies) {
	return lines.map((line, i) => el("li", {class: replies[i] ? "refused" : "accepted"}, el("span", {class: "mono"}, line),
		" ", el("span", {class: replies[i] ? "bad" : "good"}, replies[i] ? "rejected" : "accepted"),
		replies[i] ? el("pre", {tabindex: "0"}, replies[i].trimEnd()) : null));
}

// The form. port: "" or the port that the lines begin with; applied() is called after lines were sent.
export function configure_part(name, port, applied) {
	const result = el("div", {"aria-live": "polite"});
	const lines = el("textarea", {id: "lines", rows: "5", spellcheck: "false", autocomplete: "off", autocapitalize: "off", placeholder: "interface Gi1/0/1\nno shutdown"});
	const head = el("h2", {}, "Configuration lines");
	if (!may_change)
		return el("section", {class: "panel"}, head, el("p", {class: "dim"}, "Not on a page that is only for viewing."));
	lines.value = port ? `interface ${port}\n` : "";
	return el("section", {class: "panel"}, head, el("form", {class: "configure", async onsubmit(event) {
		event.preventDefault();
		const list = lines.value.split(/\r?\n/).map((line) => line.trim()).filter(Boolean);
		const body = list.map((line) => line + "\n").join(""), button = event.target.querySelector("button");
		if (!list.length || new TextEncoder().encode(body).length > MOST) {
			result.replaceChildren(el("p", {class: "bad"}, list.length ? "These are too many lines; send them in parts." : "Write a line first, such as: interface Gi1/0/1"));
			return;
		}
		button.disabled = true;
		const reply = await ask("configure", {switch: name}, true, body);
		button.disabled = false;
		result.replaceChildren(reply.error ? el("p", {class: "bad"}, reply.error) : el("ol", {class: "lines"}, result_rows(list, reply.replies ?? [])));
		if (!reply.error)
			applied();
	}}, el("label", {for: "lines"}, "One command per line; they begin in global configuration mode"), lines, el("button", {type: "submit"}, "Apply")), result);
}
