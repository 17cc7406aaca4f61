// The frame of the page: addresses, the head, the clock, news for screen readers.
import {el, set} from "./dom.js";
import {model, follow, STANDING_TEXT, where} from "./model.js";
import {lab_page} from "./lab.js";
import {switch_page} from "./switch.js";
import {phone_page} from "./phone.js";
import {exercise_page} from "./exercise.js";
import {servers_page} from "./servers.js";
import {faults_page} from "./faults.js";
import {runs_page} from "./runs.js";

const main = document.getElementById("main"), nav = document.getElementById("nav"), news = document.getElementById("news");
const LINKS = {connecting: "connecting", live: "live", lost: "no connection", ended: "the lab has ended", trouble: "the lab does not answer"};
let shown = null, route = "", focus_next = false;

// "#/phone/SEP..." -> ["phone", "SEP..."] and the parameters behind "?".
function address() {
	const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
	return {parts: path.split("/").map((part) => { try { return decodeURIComponent(part); } catch { return part; } }),
		parameters: Object.fromEntries(new URLSearchParams(query ?? ""))};
}

function go(state, replace) {
	const query = new URLSearchParams(Object.entries(state).filter(([, value]) => value)).toString();
	const hash = "#/" + page_of(address().parts) + (query ? "?" + query : "");
	if (replace)
		history.replaceState(null, "", hash);
	else
		history.pushState(null, "", hash);
	shown.update?.(state);
}

// The pages by the first part of the address. make(parts, parameters) returns {page, title, refresh(what, data)}, and update(parameters)
// if the page keeps its filter in the address, and leave() if it follows something; title: a page in the navigation. Unknown addresses lead to the lab.
const PAGES = {
	lab: {title: "Lab", make: (parts, parameters) => lab_page(parameters, go)},
	switch: {make: ([name, ...port]) => switch_page(name ?? "", port.join("/"))},
	phone: {make: ([name]) => phone_page(name ?? "")},
	servers: {title: "Servers", make: ([name]) => servers_page(name ?? "")},
	faults: {title: "Faults", make: (parts, parameters) => faults_page(parameters, go)},
	exercise: {title: "Exercise", make: () => exercise_page()},
	runs: {title: "Runs", make: ([name]) => runs_page(name ?? "")},
};

function page_of(parts) {
	return Object.hasOwn(PAGES, parts[0]) ? parts[0] : "lab";
}

function make_page({parts, parameters}) {
	return PAGES[page_of(parts)].make(parts.slice(1), parameters);
}

function draw_nav() {
	const at = address().parts, page = page_of(at), named = (first) => ([name]) => [`#/${first}/${encodeURIComponent(name)}`, name, first, name];
	const links = [...Object.entries(PAGES).filter(([, one]) => one.title).map(([first, one]) => ["#/" + first, one.title, first]),
		...Object.entries(model.board?.switches ?? {}).map(named("switch"))];
	if (page === "phone" && at[1])
		links.push(named("phone")([at[1]]));
	nav.replaceChildren(el("ul", {}, links.map(([href, text, first, name]) =>
		el("li", {}, el("a", {href, "aria-current": first === page && (name === undefined || name === at[1]) ? "page" : null}, text)))));
}

function show_page() {
	const at = address(), now = at.parts.join("/");
	if (shown?.update && now === route) {
		shown.update(at.parameters);
		return;
	}
	const phone = at.parts[0] === "phone" ? at.parts[1] : "";
	route = now;
	follow(/^SEP[0-9A-F]{12}$/.test(phone ?? "") ? phone : "");
	if (!model.board)
		return;
	shown?.leave?.();
	shown = make_page(at);
	main.replaceChildren(shown.page);
	shown.refresh("board");
	document.title = `${shown.title} - ${model.board.lab.name} - phonelab`;
	draw_nav();
	if (focus_next)
		main.querySelector("h1")?.focus();
	focus_next = true;
	scrollTo(0, 0);
}

// --- the head ---

let said = "", waiting = [], timer = 0;

function draw_head() {
	const phones = Object.values(model.board?.phones ?? {});
	const registered = phones.filter((phone) => phone.standing === "registered" || phone.standing === "word").length;
	const failed = phones.filter((phone) => phone.standing === "failed").length;
	const text = `${registered} of ${phones.length} registered${failed ? `, ${failed} failed` : ""}`;
	const link = document.getElementById("link");
	if (model.board)
		set(document.getElementById("sum"), text);
	link.className = "link " + model.link;
	set(link, LINKS[model.link] + (model.trouble ? ": " + model.trouble : ""));
	return text;
}

// Say what has changed, at most every 3 seconds.
function announce(patch) {
	for (const [name, change] of Object.entries(patch?.phones ?? {}))
		if (change?.standing) {
			const phone = model.board.phones[name];
			waiting.push(`${name}: ${STANDING_TEXT[phone.standing]}, ${where(phone)}`);
		}
	if (!waiting.length || timer)
		return;
	timer = setTimeout(() => {
		timer = 0;
		const text = waiting.length > 3 ? draw_head() : waiting.join(". ");
		waiting = [];
		if (text !== said)
			set(news, text);
		said = text;
	}, 3000);
}

let clock = 0;

// The clock stops while nobody sees the page.
function tick() {
	clearTimeout(clock);
	if (document.hidden)
		return;
	const now = new Date();
	set(document.getElementById("clock"), now.toLocaleTimeString([], {hour12: false}));
	clock = setTimeout(tick, 1000 - now.getMilliseconds());
}

document.addEventListener("visibilitychange", tick);
document.getElementById("skip").addEventListener("click", (event) => {
	event.preventDefault();
	main.focus();
});
addEventListener("hashchange", show_page);

let frame = 0, changes = [];

// Draw once per frame what came since the last one.
function draw() {
	frame = 0;
	const list = changes;
	changes = [];
	draw_head();
	if (!model.board)
		return;
	if (list.some(([what]) => what === "board")) {
		if (!shown || shown.phone !== undefined && route !== address().parts.join("/") || !main.contains(shown.page))
			show_page();
		else
			shown.refresh("board");
		draw_nav();
		return;
	}
	for (const [what, data] of list) {
		if (what === "patch")
			announce(data);
		shown?.refresh(what, data);
	}
}

tick();
follow("", (what, data) => {
	changes.push([what, data]);
	frame ||= setTimeout(draw, 16);
});
show_page();
