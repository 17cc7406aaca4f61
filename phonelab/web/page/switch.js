// The page of a switch: its front, its ports, one port, show commands.
import {el, svg, set, table, facts} from "./dom.js";
import {model, ask} from "./model.js";
import {configure_part} from "./configure.js";

const SHOW = ["cdp neighbors", "cdp neighbors detail", "interfaces counters", "interfaces status", "ip dhcp snooping binding",
	"lldp neighbors", "lldp neighbors detail", "logging", "mac address-table", "port-security", "power inline", "running-config",
	"version", "vlan brief"];

export function link_class(port) {
	if (port.err_disabled)
		return "error";
	if (port.admin && port.admin !== "up")
		return "shut";
	return port.link === "up" || port.link === "connected" ? "up" : "down";
}

export function poe_class(port) {
	if (!port.poe_state || port.poe_state === "off")
		return "off";
	return port.poe_state === "on" ? "on" : "error";
}

function link_text(port) {
	return {error: "err-disabled", shut: "shut down", up: "up", down: "down"}[link_class(port)];
}

function far_end(port) {
	return port.neighbor || port.device || "";
}

function port_text(name, port) {
	const watts = port.poe_mw ? `, ${(port.poe_mw / 1000).toFixed(1)} W` : "";
	return `${name}: link ${link_text(port)}${port.poe_state ? `, PoE ${port.poe_state}${watts}` : ""}${far_end(port) ? `, ${far_end(port)}` : ""}`;
}

// "Gi1/0/12" -> {member: 1, slot: 0, n: 12}
function place(name) {
	const found = /^[A-Za-z]+(\d+)\/(\d+)\/(\d+)$/.exec(name);
	return found ? {member: +found[1], slot: +found[2], n: +found[3]} : {member: 0, slot: 0, n: 0};
}

// --- the front ---

const WIDE = 24, HIGH = 26, BLOCK = 6; // a port; after 6 columns there is a small gap

function position(at, ordinary) {
	const column = Math.floor((at.n - 1) / 2), row = (at.n - 1) % 2;
	if (at.slot === 0)
		return [column * (WIDE + 2) + Math.floor(column / BLOCK) * 8, row * (HIGH + 3)];
	return [ordinary + 14 + (at.n - 1) * (WIDE + 2), (HIGH + 3) / 2];
}

function draw_port(name, at, ordinary, address) {
	const [x, y] = position(at, ordinary), title = svg("title", {});
	const box = svg("rect", {class: "jack", x: .5, y: .5, width: WIDE - 1, height: HIGH - 1, rx: 2});
	const link = svg("circle", {cx: 7, cy: 7, r: 3}), poe = svg("rect", {x: WIDE - 10, y: 4, width: 6, height: 6});
	const node = svg("a", {href: address, class: "port", tabindex: "-1", transform: `translate(${x} ${y})`}, title, box, link, poe,
		svg("text", {x: WIDE / 2, y: HIGH - 5}, String(at.n)));
	return {node, x: x + WIDE, draw(port, chosen) {
		link.setAttribute("class", "led link-" + link_class(port));
		poe.setAttribute("class", "led poe-" + poe_class(port));
		node.setAttribute("class", chosen ? "port chosen" : "port");
		set(title, port_text(name, port));
	}};
}

// One picture per stack member.
function fronts(name, sw) {
	const members = new Map(), drawn = new Map();
	for (const port of Object.keys(sw.ports ?? {})) {
		const at = place(port);
		if (!members.has(at.member))
			members.set(at.member, []);
		members.get(at.member).push([port, at]);
	}
	const pictures = [...members].map(([member, ports]) => {
		const most = Math.max(0, ...ports.filter(([, at]) => at.slot === 0).map(([, at]) => at.n));
		const columns = Math.ceil(most / 2), ordinary = columns * (WIDE + 2) + Math.floor(Math.max(0, columns - 1) / BLOCK) * 8;
		const picture = svg("svg", {class: "front", role: "img"});
		let width = ordinary;
		for (const [port, at] of ports) {
			const one = draw_port(port, at, ordinary, `#/switch/${encodeURIComponent(name)}/${port}`);
			drawn.set(port, one);
			picture.append(one.node);
			width = Math.max(width, one.x);
		}
		picture.setAttribute("viewBox", `-8 -8 ${width + 16} ${2 * HIGH + 19}`);
		picture.setAttribute("width", width + 16);
		picture.setAttribute("height", 2 * HIGH + 19);
		picture.setAttribute("aria-label", `Front of ${name}${members.size > 1 ? `, member ${member}` : ""}; the table below lists the ports`);
		return el("figure", {class: "wide chassis", tabindex: "0", role: "region", "aria-label": `Front of ${name}`}, picture,
			members.size > 1 ? el("figcaption", {class: "dim"}, `member ${member}`) : null);
	});
	return {pictures, drawn};
}

function legend() {
	const led = (name, shape) => svg("svg", {width: 12, height: 12, "aria-hidden": "true"}, shape === "circle"
		? svg("circle", {class: "led " + name, cx: 6, cy: 6, r: 4}) : svg("rect", {class: "led " + name, x: 2, y: 2, width: 8, height: 8}));
	return el("ul", {class: "legend"}, [["link-up", "circle", "link up"], ["link-down", "circle", "no link"], ["link-shut", "circle", "shut down"],
		["link-error", "circle", "err-disabled"], ["poe-on", "rect", "power on"], ["poe-off", "rect", "no power"], ["poe-error", "rect", "power denied or faulty"]]
		.map(([name, shape, text]) => el("li", {}, led(name, shape), " ", text)));
}

function budget(sw) {
	const used = sw.poe?.used_mw ?? 0, all = sw.poe?.budget_mw ?? 0;
	return el("div", {class: "budget"},
		el("label", {for: "budget"}, "Power budget "), el("meter", {id: "budget", min: 0, max: all || 1, value: used, high: all * .9, optimum: 0}),
		el("span", {class: "mono"}, ` ${(used / 1000).toFixed(1)} of ${(all / 1000).toFixed(1)} W`));
}

function ports_table(name, sw) {
	const rows = Object.entries(sw.ports ?? {}).filter(([, port]) => link_class(port) !== "down" || far_end(port));
	return table("Ports in use", ["Port", "Link", "VLAN", "Voice", "Far end", "PoE", "Class", "Watts"], rows.map(([port, it]) => [
		el("a", {class: "mono", href: `#/switch/${encodeURIComponent(name)}/${port}`}, port),
		el("span", {class: "state-" + link_class(it)}, link_text(it)), it.mode === "trunk" ? "trunk" : it.vlan ?? "", it.voice_vlan ?? "",
		/^SEP[0-9A-F]{12}$/.test(far_end(it)) ? el("a", {class: "mono", href: "#/phone/" + far_end(it)}, far_end(it)) : el("span", {class: "mono"}, far_end(it)),
		el("span", {class: poe_class(it) === "error" ? "bad" : ""}, it.poe_state ?? ""), it.poe_class ?? "", it.poe_mw ? (it.poe_mw / 1000).toFixed(1) : ""]));
}

// --- what the switch shows ---

async function show_into(target, sw, command) {
	const reply = await ask("show", {switch: sw, command});
	target.replaceChildren(el("h4", {}, "show " + command), el("pre", {tabindex: "0"}, reply.error ? reply.error : reply.text.trim() || "nothing"));
}

function port_part(name, port) {
	const outputs = ["running-config interface " + port, `interfaces ${port}`, `interfaces ${port} counters`, "mac address-table interface " + port,
		`cdp neighbors ${port} detail`, `lldp neighbors ${port} detail`].map((command) => [command, el("div")]);
	const load = () => outputs.forEach(([command, target]) => show_into(target, name, command));
	load();
	return {load, part: el("section", {class: "panel"}, el("h2", {}, "Port ", el("span", {class: "mono"}, port)), el("div", {id: "port"}),
		el("button", {type: "button", onclick: load}, "Read again"), el("div", {class: "outputs"}, outputs.map(([, target]) => target)))};
}

function show_part(name) {
	const output = el("div", {"aria-live": "polite"}), input = el("input", {id: "show", list: "commands", value: "interfaces status", autocomplete: "off", spellcheck: "false", maxlength: "200"});
	return el("section", {class: "panel"}, el("h2", {}, "Show"), el("form", {class: "search", onsubmit(event) {
		event.preventDefault();
		show_into(output, name, input.value.trim().replace(/^sh(ow)? +/, ""));
	}}, el("label", {for: "show"}, "show"), input, el("datalist", {id: "commands"}, SHOW.map((value) => el("option", {value}))),
	el("button", {type: "submit"}, "Run")), output);
}

// The page of a switch, and of one of its ports if there is one.
export function switch_page(name, port) {
	const sw = model.board?.switches?.[name];
	if (!sw)
		return {page: el("div", {}, el("h1", {tabindex: "-1"}, "Switch ", name), el("p", {}, "This lab has no such switch.")), title: name, phone: "", refresh() {}};
	const front = fronts(name, sw), power = el("div"), list = el("div"), one = port && sw.ports?.[port] ? port_part(name, port) : null;
	let last = "";
	const page = el("div", {}, el("h1", {tabindex: "-1"}, "Switch ", el("span", {class: "mono"}, name)), power,
		sw.external ? el("p", {class: "dim"}, "This is a switch of yours: phonelab has only its patch panel.") : null,
		front.pictures, legend(), one?.part, el("section", {class: "panel"}, el("h2", {}, "Ports in use"), list), show_part(name),
		sw.external ? null : configure_part(name, one ? port : "", () => one?.load()));
	return {page, title: port ? `${name} ${port}` : name, phone: "", refresh() {
		const now = model.board.switches[name] ?? {}, text = JSON.stringify(now);
		if (text === last)
			return;
		last = text;
		power.replaceChildren(now.silent ? el("p", {class: "bad"}, "The switch does not answer.") : budget(now));
		for (const [key, drawn] of front.drawn)
			drawn.draw(now.ports?.[key] ?? {}, key === port);
		list.replaceChildren(ports_table(name, now));
		if (one) {
			const it = now.ports?.[port] ?? {};
			one.part.querySelector("#port").replaceChildren(facts([["Link", link_text(it)], ["Mode", it.mode], ["VLAN", it.vlan], ["Voice VLAN", it.voice_vlan],
				["Far end", far_end(it)], ["PoE", it.poe_state], ["Class", it.poe_class], ["Power", it.poe_mw ? (it.poe_mw / 1000).toFixed(1) + " W" : ""],
				["Error", it.err_disabled]]));
		}
	}};
}
