// The pages of the servers: what their own programs have written, and start, stop, restart.
import {el, set, table} from "./dom.js";
import {model, ask, command, may_change} from "./model.js";
import {follow_files, log_view} from "./tail.js";

const REQUESTS = 300; // requests that are shown
const LOCATION_MS = 5000; // between two readings of a location table
const KINDS = {dhcp: "DHCP and DNS", tftp: "TFTP", http: "HTTP, port 6970", "call-manager": "call manager", router: "router"};

export function state_class(state) {
	return state === "running" || state === "plugged in" ? "good" : state === "paused" ? "busy" : "bad";
}

function programs() {
	return Object.values(model.board.servers);
}

function node_of(server) {
	return server.node ?? server.name;
}

function by_address(ipv4) {
	return Object.entries(model.board.phones).find(([, phone]) => phone.ipv4 === ipv4)?.[0];
}

function phone_link(name, text) {
	return model.board.phones[name] ? el("a", {class: "mono", href: "#/phone/" + name}, text ?? name) : el("span", {class: "mono"}, text ?? name);
}

// --- start, stop, restart ---

function action_buttons(server, answer) {
	const run = (label, action) => el("button", {type: "button", "aria-label": `${label} ${server.name}`, async onclick(event) {
		event.target.disabled = true;
		set(answer, `${server.name}: ${action} is running`);
		const reply = await command("program/" + action, {program: server.name});
		event.target.disabled = false;
		set(answer, reply.error ? reply.error : `${server.name}: ${reply.state}`);
	}}, label);
	return el("span", {class: "buttons"}, server.state === "running" ? run("Stop", "stop") : run(server.state === "paused" ? "Continue" : "Start", "start"),
		run("Restart", "restart"));
}

// Who is external has no program of the lab.
function programs_table(list, answer, links) {
	return table("Servers", ["Program", "Kind", "Address", "State", ...(may_change ? ["Actions"] : [])], list.map((server) => {
		const own = !server.attached && server.attached !== false && server.kind !== "router";
		return [links ? el("a", {class: "mono", href: "#/servers/" + encodeURIComponent(node_of(server))}, server.name) : el("span", {class: "mono"}, server.name),
			KINDS[server.kind] ?? server.kind, el("span", {class: "mono"}, server.address), el("span", {class: state_class(server.state)}, server.state),
			...(may_change ? [own ? action_buttons(server, answer) : el("span", {class: "dim"}, server.kind === "router" ? "" : "yours")] : [])];
	}));
}

// A table of programs that is drawn when one of them changes, and keeps the focus.
function programs_part(choose, links) {
	const answer = el("p", {class: "dim answer", role: "status"}), place = el("div", {class: "programs cards"});
	let last = "";
	return {part: [place, answer], draw() {
		const list = choose(), now = JSON.stringify(list);
		if (now === last)
			return;
		last = now;
		const row = [...place.querySelectorAll("tbody tr")].findIndex((one) => one.contains(document.activeElement));
		const column = row < 0 ? -1 : [...place.querySelectorAll("tbody tr")[row].querySelectorAll("a, button")].indexOf(document.activeElement);
		place.replaceChildren(programs_table(list, answer, links));
		if (column >= 0)
			place.querySelectorAll("tbody tr")[row]?.querySelectorAll("a, button")[column]?.focus();
	}};
}

// --- leases ---

// The lease file of dnsmasq: "EXPIRY MAC ADDRESS NAME ID" per line; expiry 0: never.
function leases_of(text) {
	return text.split("\n").map((line) => /^(\d+) ([0-9a-f:]+) ([\d.]+) (\S+) (\S+)/.exec(line)).filter(Boolean)
		.map(([, expiry, mac, address, name, id]) => ({expiry: +expiry, mac, address, name, id}));
}

function ordinal(address) {
	return address.split(".").reduce((sum, part) => sum * 256 + +part, 0);
}

function leases_part() {
	const place = el("div", {}, el("p", {class: "dim reading"}, "reading")), count = el("span", {class: "dim"});
	return {part: el("section", {class: "panel"}, el("h2", {}, "Leases ", count), place), part_of(data) {
		if (data.missing) {
			set(count, "");
			place.replaceChildren(el("p", {class: "dim"}, "The server has written no lease file: it has leased no address."));
			return;
		}
		const list = leases_of(data.text).sort((a, b) => ordinal(a.address) - ordinal(b.address));
		set(count, `${list.length} in the lease file`);
		place.replaceChildren(list.length ? table("Leases", ["Address", "MAC", "Host name", "Expires", "Client id"], list.map((lease) => [
			el("span", {class: "mono"}, lease.address), phone_link("SEP" + lease.mac.replaceAll(":", "").toUpperCase(), lease.mac),
			el("span", {class: "mono"}, lease.name === "*" ? "" : lease.name),
			lease.expiry ? new Date(lease.expiry * 1000).toLocaleTimeString([], {hour12: false}) : "never", el("span", {class: "mono dim"}, lease.id)]))
			: el("p", {class: "dim"}, "No address is leased."));
	}};
}

// --- file requests ---

const ROOT = /^\/run\/phonelab\/tftp\/root\//;

// A line of the log of dnsmasq's TFTP server, as {from, file, answer, good}; null: another line.
export function tftp_request(line) {
	let found = /^dnsmasq-tftp\[\d+\]: sent (.*) to ([\d.]+)$/.exec(line);
	if (found)
		return {from: found[2], file: found[1].replace(ROOT, ""), answer: "sent", good: true};
	found = /^dnsmasq-tftp\[\d+\]: file (.*) not found(?: for ([\d.]+))?$/.exec(line);
	if (found)
		return {from: found[2] ?? "", file: found[1].replace(ROOT, ""), answer: "not found", good: null};
	found = /^dnsmasq-tftp\[\d+\]: failed sending (.*) to ([\d.]+)$/.exec(line);
	if (found)
		return {from: found[2], file: found[1].replace(ROOT, ""), answer: "failed", good: false};
	found = /^dnsmasq-tftp\[\d+\]: cannot access (.*?): (.*)$/.exec(line);
	return found ? {from: "", file: found[1].replace(ROOT, ""), answer: found[2], good: false} : null;
}

// A line of lighttpd's access log: FROM HOST [TIME] "METHOD PATH VERSION" STATUS SIZE TIME.
export function http_request(line) {
	const found = /^(\S+) \S+ \[[^:\]]*:([\d:]+)[^\]]*\] "(.*)" (\d{3}) (\S+)(?: (.*))?$/.exec(line);
	if (!found)
		return null;
	const [, from, time, request, status, size, took] = found;
	return {from, time, file: request.replace(/^GET /, "").replace(/ HTTP\/[\d.]+$/, ""), answer: status, size, took,
		good: status < 400 ? true : +status === 404 ? null : false};
}

function answer_class(request) {
	return request.good === true ? "good" : request.good === false ? "bad" : "dim";
}

function request_row(request, http) {
	const from = request.from ? phone_link(by_address(request.from), request.from) : "";
	const file = el("span", {class: "mono"}, request.file), answer = el("span", {class: answer_class(request)}, request.answer);
	return http ? [request.time, answer, file, from, el("span", {class: "num"}, request.size), el("span", {class: "num dim"}, request.took)] : [file, answer, from];
}

// The newest requests of a log, newest first.
function requests_part(title, note, read, http) {
	const place = el("div", {}, el("p", {class: "dim reading"}, "reading")), count = el("span", {class: "dim"});
	let list = [], total = 0, timer = 0;
	const draw = () => {
		timer = 0;
		set(count, total > list.length ? `the newest ${list.length}` : `${total}, newest first`);
		place.replaceChildren(list.length ? table(title, http ? ["Time", "Status", "Path", "From", "Octets", "Took"] : ["File", "Answer", "From"],
			list.map((request) => request_row(request, http)).reverse()) : el("p", {class: "dim"}, "No file was requested."));
	};
	return {part: el("section", {class: "panel requests"}, el("h2", {}, title, " ", count), el("p", {class: "dim"}, note), place), part_of(data) {
		if (data.first || data.missing)
			[list, total] = [[], 0];
		const fresh = (data.text ?? "").split("\n").map(read).filter(Boolean);
		total += fresh.length + (data.skipped ? 1 : 0);
		list = list.concat(fresh).slice(-REQUESTS);
		timer ||= setTimeout(draw, 50);
	}};
}

// --- the location table ---

function location_part(node) {
	const place = el("div", {}, el("p", {class: "dim reading"}, "reading")), count = el("span", {class: "dim"});
	let timer = 0, gone = false, last = "";

	function draw(reply) {
		const result = reply.result ?? reply, error = reply.error || result.error;
		const now = JSON.stringify([result.devices, error, result.bindings]);
		if (now === last)
			return;
		last = now;
		set(count, error ? "" : result.devices ? `${result.devices.length} listed by the witness of the call manager` : `${result.bindings?.length ?? 0} bindings`);
		if (error)
			place.replaceChildren(el("p", {class: "bad"}, error));
		else if (result.devices)
			place.replaceChildren(el("ul", {class: "names"}, result.devices.map((name) => el("li", {}, phone_link(name)))));
		else if (!result.bindings?.length)
			place.replaceChildren(el("p", {class: "dim"}, "No phone is registered here."));
		else
			place.replaceChildren(table("Location table", ["Device", "Numbers", "Contact", "Transport", "Expires", "Load", "Registered because", "User agent"],
				result.bindings.map((it) => [phone_link(it.device), el("span", {class: "mono"}, it.lines.replaceAll(",", ", ")), el("span", {class: "mono"}, it.contact),
					it.transport, el("span", {class: "num"}, `${it.expires_s} s`), el("span", {class: "mono"}, it.active_load), it.reason, it.user_agent])));
	}

	async function read() {
		clearTimeout(timer);
		if (!document.hidden)
			draw(await ask("location", {node}));
		if (!gone) {
			clearTimeout(timer);
			timer = setTimeout(read, LOCATION_MS);
		}
	}
	return {part: el("section", {class: "panel"}, el("h2", {}, "Location table ", count), place), read, leave() {
		gone = true;
		clearTimeout(timer);
	}};
}

// --- logs ---

// The logs of a node: of each of its programs, and of its cable.
function logs_of(node, list) {
	const own = list.filter((server) => node_of(server) === node);
	return [...own.flatMap((server) => server.kind === "http" ? [`${server.name}.log`, `${server.name}.access`] : [`${server.name}.log`]), `${node}-cable.log`];
}

// Buttons to choose a log, and the one that is chosen.
function logs_part(names, chosen, choose) {
	const buttons = names.map((name) => el("button", {type: "button", "aria-pressed": String(name === chosen), onclick() {
		for (const button of buttons)
			button.setAttribute("aria-pressed", String(button === this));
		const view = log_view("Log " + name);
		place.replaceChildren(view.box);
		choose(name, view);
	}}, name));
	const place = el("div");
	return {part: el("section", {class: "panel"}, el("h2", {}, "Log"), el("div", {class: "actions", role: "group", "aria-label": "Logs"}, buttons), place), begin() {
		buttons[names.indexOf(chosen)]?.click();
	}};
}

// --- the pages ---

function list_page() {
	const list = programs_part(programs, true), notes = el("div");
	return {page: el("div", {}, el("h1", {tabindex: "-1"}, "Servers"), notes, el("section", {class: "panel"}, list.part),
		el("p", {class: "dim"}, "Choose a server for its leases, file requests, location table and log.")),
	title: "Servers", phone: "", refresh() {
		list.draw();
		notes.replaceChildren(...model.board.notes.map((note) => el("p", {class: "bad"}, note)));
	}};
}

function node_page(node) {
	const own = () => programs().filter((server) => node_of(server) === node);
	const list = programs_part(own, false), kinds = own().map((server) => server.kind), readers = {}, parts = [];
	const location = kinds.includes("call-manager") ? location_part(node) : null;
	let stream = null, shown = null, registered = null;

	if (kinds.includes("dhcp")) {
		const leases = leases_part();
		readers[`${node}/leases`] = leases.part_of;
		parts.push(leases.part);
	}
	for (const server of own().filter(({kind}) => kind === "http")) {
		const requests = requests_part("Files by HTTP", "From the access log of lighttpd.", http_request, true);
		readers[`log/${server.name}.access`] = requests.part_of;
		parts.push(requests.part);
	}
	for (const server of own().filter(({kind}) => kind === "tftp")) {
		const requests = requests_part("Files by TFTP", "From the log of dnsmasq, which has no times.", tftp_request, false);
		readers[`log/${server.name}.log`] = requests.part_of;
		parts.push(requests.part);
	}

	// One stream for all: a browser opens only six connections to one server.
	const choose = (name, view) => {
		shown = {file: "log/" + name, view};
		stream?.stop();
		stream = follow_files([...new Set([...Object.keys(readers), shown.file])], (data) => {
			readers[data.file]?.(data);
			if (shown.file === data.file)
				shown.view.part(data);
		});
	};
	const names = logs_of(node, programs()), log = logs_part(names, names[0], choose);
	log.begin();
	location?.read();
	return {page: el("div", {class: "server"}, el("h1", {tabindex: "-1"}, "Server ", el("span", {class: "mono"}, node)),
		el("section", {class: "panel"}, list.part), location?.part, parts, log.part),
	title: node, phone: "", refresh() {
		const now = model.board.cluster[node]?.registered;
		list.draw();
		if (now !== registered && registered !== null)
			location?.read();
		registered = now;
	}, leave() {
		stream?.stop();
		location?.leave();
	}};
}

export function servers_page(node) {
	if (!node)
		return list_page();
	if (programs().some((server) => node_of(server) === node))
		return node_page(node);
	return {page: el("div", {}, el("h1", {tabindex: "-1"}, "Server ", node), el("p", {}, "This lab has no such server.")), title: node, phone: "", refresh() {}};
}
