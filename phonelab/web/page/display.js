// The display of a phone, drawn: what a person in front of it sees.
import {svg} from "./dom.js";
import {STEPS, open_step} from "./model.js";

// What the phone says while it does a step.
const DOING = {1: "", 2: "Starting", 3: "Configuring VLAN", 4: "Configuring IP", 5: "Checking trust list", 6: "Checking trust list",
	7: "Configuring", 8: "Checking software", 9: "Configuring", 10: "Connecting", 11: "Registering", 12: "Registered", 13: "Registered", 14: "Registered"};

// The soft keys of the set "On Hook" of a soft key template; the names of their keys.
export function idle_softkeys(xml) {
	const template = new DOMParser().parseFromString(xml || "<none/>", "application/xml");
	const set = [...template.querySelectorAll("softKeySet")].find((one) => one.getAttribute("id") === "On Hook");
	return [...(set?.querySelectorAll("softKey") ?? [])].map((key) => key.getAttribute("keyID") ?? "");
}

// The lines of a configuration: [{number, label}].
export function lines_of(xml) {
	const configuration = new DOMParser().parseFromString(xml || "<none/>", "application/xml");
	const child = (node, name) => [...node.children].find((one) => one.localName === name)?.textContent.trim() ?? "";
	return {phone: configuration.querySelector("device > phoneLabel, sipProfile > phoneLabel")?.textContent.trim() ?? "",
		lines: [...configuration.querySelectorAll("sipLines > line")].map((line) => ({number: child(line, "name"), label: child(line, "featureLabel") || child(line, "name")}))};
}

function short(text, most) {
	return text.length > most ? text.slice(0, most - 1) + "\u2026" : text;
}

function text(x, y, value, options) {
	return svg("text", {x, y, ...options}, value);
}

function idle(g, phone, config, softkeys, colour) {
	const width = colour ? 400 : 396, height = colour ? 240 : 162, now = new Date();
	const registered = ["registered", "word", "partly"].includes(phone.standing) || phone.state === "registered" || open_step(phone) > 11;
	g.append(svg("rect", {class: "bar", x: 0, y: 0, width, height: 26}),
		text(10, 18, now.toLocaleTimeString([], {hour: "2-digit", minute: "2-digit"}) + "  " + now.toLocaleDateString(), {class: "on-bar"}),
		text(width - 10, 18, short(config.phone || phone.directory_number || "", 22), {class: "on-bar end"}));
	config.lines.slice(0, colour ? 5 : 4).forEach((line, i) => {
		const y = 52 + i * (colour ? 32 : 25);
		g.append(svg("circle", {class: registered ? "line-on" : "line-off", cx: 16, cy: y - 5, r: 4}), text(30, y, short(line.label, 34), {class: "line"}));
	});
	if (!registered)
		g.append(text(width / 2, height - 38, "Phone not registered", {class: "middle"}));
	softkeys.slice(0, 4).forEach((key, i) => {
		const one = width / 4;
		g.append(svg("rect", {class: "key", x: i * one + 2, y: height - 26, width: one - 4, height: 24, rx: 3}),
			text(i * one + one / 2, height - 9, short(key, 11), {class: "middle keytext"}));
	});
}

function busy(g, phone, colour) {
	const width = colour ? 400 : 396, height = colour ? 240 : 162, n = open_step(phone) || STEPS.length;
	const failed = phone.steps?.[n]?.[0] === "failed", done = n - 1;
	g.append(text(width / 2, height / 2 - 22, "IP Phone " + (phone.model ?? ""), {class: "middle big"}),
		text(width / 2, height / 2 + 4, DOING[n], {class: "middle"}),
		svg("rect", {class: "track", x: width / 4, y: height / 2 + 20, width: width / 2, height: 6, rx: 3}),
		svg("rect", {class: "progress", x: width / 4, y: height / 2 + 20, width: width / 2 * done / STEPS.length, height: 6, rx: 3}),
		failed ? text(width / 2, height / 2 + 50, "Phone not registered", {class: "middle"}) : text(width / 2, height / 2 + 50, short(phone.active_load ?? "", 40), {class: "middle small"}));
}

// A picture of the display. config: of lines_of(); softkeys: of idle_softkeys(). Both may be empty.
export function display(phone, config, softkeys) {
	const colour = !String(phone.model ?? "").startsWith("78"), width = colour ? 400 : 396, height = colour ? 240 : 162;
	const dark = phone.state === "dark" || !phone.powered;
	const ready = phone.steps?.[11]?.[0] === "done" && config.lines.length > 0;
	const g = svg("g", {}), said = dark ? "off" : ready ? `line ${config.lines[0].label}` : DOING[open_step(phone) || 14];
	if (!dark && ready)
		idle(g, phone, config, phone.steps?.[13]?.[0] === "done" ? softkeys : [], colour);
	else if (!dark)
		busy(g, phone, colour);
	return svg("svg", {class: `display ${colour ? "colour" : "grey"}${dark ? " off" : ""}`, viewBox: `-10 -10 ${width + 20} ${height + 20}`, role: "img",
		"aria-label": `Display of the phone: ${said}`},
	svg("rect", {class: "frame", x: -10, y: -10, width: width + 20, height: height + 20, rx: 10}),
	svg("rect", {class: "glass", x: 0, y: 0, width, height, rx: 3}), g);
}
