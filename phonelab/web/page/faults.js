// The page of the faults: the active ones, and the catalogue by step and layer. In an exercise the server refuses both.
import {el, set, facts, prose} from "./dom.js";
import {model, STEPS, ask, command, may_change} from "./model.js";
import {fault_form, target_text} from "./fault_form.js";

const LAYERS = ["power", "flash", "link", "network", "dhcp", "files", "sip"];
const REACH = {phone: "one phone", port: "one switch port and its phone", service: "every phone that uses the server", all: "every phone of the lab"};
const BOOT = {none: "at once", reset: "when the phone boots", power: "when the phone is powered on"};

// The catalogue does not change while the program runs.
let catalogue = null;

async function read_catalogue() {
	if (catalogue)
		return {};
	const reply = await ask("fault/list");
	if (!reply.error && reply.result?.faults)
		catalogue = reply.result.faults;
	return catalogue ? {} : {error: reply.error || reply.errors || "the catalogue cannot be read"};
}

function find(id) {
	return catalogue?.find((fault) => fault.id === id);
}

// --- the symptom ---

function fits(pattern, text) {
	try {
		return new RegExp(pattern, "i").test(text);
	} catch {
		return false;
	}
}

// Does the ladder of the phone show the symptom now? Null: a ladder cannot show it.
function shows(symptom, phone) {
	const [state, , detail] = phone.steps?.[symptom.step] ?? ["pending", null, ""];
	const standing = phone.standing === "registered" || phone.standing === "word";
	if (!symptom.detail && /done/.test(symptom.state) && symptom.registered !== false)
		return null;
	return fits(`^(?:${symptom.state})$`, state) && (!symptom.detail || fits(symptom.detail, detail ?? ""))
		&& (!symptom.also_failed || phone.steps?.[symptom.also_failed]?.[0] === "failed")
		&& (symptom.registered !== false || symptom.registered_if_erased || !standing);
}

// Of an active fault: at how many phones its symptom shows.
function symptom_now(fault, active) {
	const all = Object.entries(model.board.phones), own = all.filter(([name]) => name === active.phone);
	const phones = (fault.scope === "phone" || fault.scope === "port") ? own : all.filter(([, phone]) => !fault.model || fits(fault.model, phone.model ?? ""));
	const seen = phones.map(([, phone]) => shows(fault.symptom, phone));
	if (!phones.length || seen.every((one) => one === null))
		return {text: "the ladder does not show it; look at the status messages of the phone", good: false};
	const n = seen.filter((one) => one === true).length;
	if (phones.length === 1)
		return {text: n ? "shows" : "does not show", good: n > 0};
	return {text: `shows at ${n} of ${phones.length} phones`, good: n > 0};
}

function symptom_text({symptom}) {
	return [`step ${symptom.step}, ${STEPS[symptom.step - 1]}, is ${symptom.state.replaceAll("|", " or ")}`, symptom.detail ? ` with \u201c${symptom.detail}\u201d` : "",
		symptom.also_failed ? `; step ${symptom.also_failed}, ${STEPS[symptom.also_failed - 1]}, is failed too` : ""].join("");
}

function registered_text({symptom}) {
	if (symptom.registered === null)
		return "";
	const yes = symptom.registered ? "yes" : "no";
	return symptom.registered_if_erased === !symptom.registered ? `${yes}; ${symptom.registered ? "no" : "yes"} if its flash was erased` : yes;
}

// --- proof ---

function check_text({look, at, has, lacks}) {
	return `${look} ${at} ${has !== undefined ? "has" : "lacks"} ${has ?? lacks}`;
}

async function prove(id, target, place) {
	set(place, "is being checked");
	place.className = "dim";
	const reply = await ask("fault/proof", {id, ...target}), holds = reply.result?.holds;
	place.className = holds ? "" : "bad";
	set(place, reply.error || (typeof reply.result !== "object" ? reply.errors : holds ? "holds: the fault is in the lab" : reply.result.reason));
}

// --- the active faults ---

function left_text(active) {
	const left = active.until ? active.until - Math.floor(Date.now() / 1000) : 0;
	return active.until ? `reverted in ${Math.max(0, left)} s` : "until it is reverted";
}

function active_row(active, changed, answer) {
	const fault = find(active.id), proof = el("span", {class: "dim"}), symptom = el("span"), left = el("span", {class: "num"});
	const target = Object.fromEntries(Object.entries({phone: active.phone, port: active.phone ? "" : active.port}).filter(([, value]) => value));
	const revert = el("button", {type: "button", "aria-label": `Revert ${active.id}`, async onclick() {
		revert.disabled = true;
		const reply = await command("fault/clear", {number: active.number});
		revert.disabled = false;
		set(answer, reply.error || reply.errors || `${active.id}: reverted`);
		changed();
	}}, "Revert");
	const boot = el("button", {type: "button", async onclick() {
		boot.disabled = true;
		const reply = await command("fault/boot", {id: active.id, ...target});
		boot.disabled = false;
		set(answer, reply.error || reply.errors || `${active.id}: the phone boots`);
	}}, "Boot the phone");
	const row = el("li", {class: "active-fault"},
		el("h3", {}, el("a", {href: "#/faults?open=" + active.id}, active.title || active.id), " ", el("span", {class: "mono dim"}, active.id)),
		facts([["Affects", fault && !active.phone && !active.port ? REACH[fault.scope] : target_text(active)], ["Lasts", left], ["Symptom", fault ? [symptom_text(fault), ": ", symptom] : "this fault is from a file"],
			["Proof", fault ? [el("button", {type: "button", class: "small", "aria-label": `Check the proof of ${active.id}`, onclick: () => prove(active.id, target, proof)}, "Check"), " ", proof] : ""]]),
		may_change ? el("div", {class: "actions"}, revert, fault && (fault.boot !== "none" || fault.flash === "erased") ? boot : null) : null);
	if (fault)
		prove(active.id, target, proof);
	return {row, draw() {
		set(left, left_text(active));
		if (!fault)
			return;
		const now = symptom_now(fault, active);
		symptom.className = now.good ? "" : "dim";
		set(symptom, now.text);
	}};
}

// The faults that are active now, kept live.
function active_part() {
	const list = el("ol", {class: "active-faults"}), note = el("p", {class: "dim reading"}, "reading"), answer = el("p", {class: "dim", role: "status"});
	const all = el("button", {type: "button", hidden: true, async onclick() {
		const reply = await command("fault/clear", {number: "all"});
		set(answer, reply.error || reply.errors || "all faults are reverted");
		read();
	}}, "Revert all");
	let rows = [], last = "", seen = null, tick = 0;

	async function read() {
		const reply = await ask("fault/active"), now = JSON.stringify([reply.faults, catalogue !== null]);
		set(note, reply.error ? reply.error : reply.unclean ? "A keeper was killed while faults were active; they cannot be reverted."
			: reply.faults.length ? "" : "No fault is active.");
		note.className = "dim";
		note.hidden = !note.textContent;
		all.hidden = !may_change || !(reply.faults?.length > 1);
		if (now === last)
			return;
		last = now;
		rows = (reply.faults ?? []).map((active) => active_row(active, read, answer));
		list.replaceChildren(...rows.map((one) => one.row));
		draw();
	}

	function draw() {
		clearTimeout(tick);
		for (const one of rows)
			one.draw();
		if (rows.length && list.isConnected)
			tick = setTimeout(draw, 1000);
	}
	return {part: el("section", {class: "panel"}, el("h2", {}, "Active faults"), note, list, all, answer), read, refresh(what) {
		draw();
		const now = model.board.faults ?? 0;
		if (now !== seen || what === "board") // a new board: what was before it was not seen
			read();
		seen = now;
	}};
}

// For the page of the lab: a short list, hidden while there is nothing to show or the lab is an exercise.
export function faults_panel() {
	const list = el("ul", {class: "short"}), part = el("section", {class: "panel", hidden: true}, el("h2", {}, el("a", {href: "#/faults"}, "Active faults")), list);
	let seen = null;
	return {part, async draw(board, what) {
		if (seen === (board.faults ?? 0) && what !== "board")
			return;
		seen = board.faults ?? 0;
		const reply = await ask("fault/active"), faults = reply.faults ?? [];
		part.hidden = !faults.length;
		list.replaceChildren(...faults.map((active) => el("li", {}, el("a", {class: "mono", href: "#/faults"}, active.id), " ", el("span", {class: "dim"}, target_text(active)))));
	}};
}

// --- the catalogue ---

function fault_facts(fault) {
	return facts([["Affects", REACH[fault.scope] + (fault.model ? `; models ${fault.model}` : "")],
		["Visible", fault.flash === "erased" ? "at once: the phone loses its trust lists and configuration, and boots" : BOOT[fault.boot]],
		["Symptom", symptom_text(fault)], ["Message", fault.symptom.message], ["Registered", registered_text(fault)], ["Cause", prose(fault.cause)], ["Find", prose(fault.find)],
		["Repair", prose(fault.repair)], ["Actions", fault.actions?.join(", ")], ["Proof", el("ul", {class: "checks mono"}, (fault.proof ?? []).map((check) => el("li", {}, check_text(check))))]]);
}

function fault_row(fault, applied) {
	const body = el("div", {class: "fault-body"});
	const row = el("details", {class: "fault", id: "fault-" + fault.id, ontoggle() {
		if (row.open && !body.firstChild)
			body.append(fault_facts(fault), may_change ? fault_form(fault, applied) : el("p", {class: "dim"}, "A page that is only for viewing applies no faults."));
	}}, el("summary", {}, el("span", {class: "mono fault-id"}, fault.id), el("span", {class: "fault-title"}, fault.title), el("span", {class: "dim"}, fault.layer),
		el("span", {class: "dim"}, fault.scope)), body);
	return row;
}

function matches(fault, state, words) {
	const text = [fault.id, fault.title, fault.layer, fault.scope, STEPS[fault.step - 1], fault.cause, fault.symptom.message].join(" ").toLowerCase();
	return (!state.layer || fault.layer === state.layer) && (!state.step || String(fault.step) === state.step) && words.every((word) => text.includes(word));
}

function catalogue_part(state, go, applied) {
	const groups = el("div"), shown = el("p", {class: "dim shown"}), layers = el("div", {class: "counts", role: "group", "aria-label": "Layer"});
	const search = el("input", {type: "search", id: "q", value: state.q ?? "", placeholder: "id, title, layer, cause", autocomplete: "off", spellcheck: "false"});
	const step = el("select", {id: "step"}, el("option", {value: ""}, "every step"), STEPS.map((name, i) => el("option", {value: i + 1}, `${i + 1} ${name}`)));
	const rows = new Map();
	search.addEventListener("input", () => go({...state, q: search.value}, true));
	step.addEventListener("change", () => go({...state, step: step.value}, true));

	function draw_layers() {
		const held = document.activeElement?.dataset?.layer;
		layers.replaceChildren(...["", ...LAYERS].map((layer) => el("button", {type: "button", "data-layer": layer || "all", "aria-pressed": String((state.layer ?? "") === layer),
			onclick: () => go({...state, layer}, true)}, el("b", {}, String(catalogue.filter((fault) => !layer || fault.layer === layer).length)), " ", layer || "faults")));
		if (held)
			layers.querySelector(`[data-layer="${held}"]`)?.focus();
	}

	function draw() {
		const words = (state.q ?? "").toLowerCase().split(/\s+/).filter(Boolean), list = catalogue.filter((fault) => matches(fault, state, words));
		draw_layers();
		step.value = state.step ?? "";
		set(shown, list.length === catalogue.length ? "" : `${list.length} of ${catalogue.length} shown`);
		for (const fault of list)
			if (!rows.has(fault.id))
				rows.set(fault.id, fault_row(fault, applied));
		groups.replaceChildren(...STEPS.map((name, i) => [name, i + 1, list.filter((fault) => fault.step === i + 1)]).filter(([, , faults]) => faults.length)
			.map(([name, n, faults]) => el("section", {class: "step-faults"}, el("h3", {}, `Step ${n}: ${name}`), faults.map((fault) => rows.get(fault.id)))));
		if (state.open && rows.has(state.open)) {
			rows.get(state.open).open = true;
			rows.get(state.open).scrollIntoView({block: "center"});
			state = {...state, open: undefined};
		}
	}
	return {part: el("section", {class: "panel catalogue"}, el("h2", {}, "Catalogue"), layers,
		el("p", {class: "search"}, el("label", {for: "q"}, "Filter"), search, el("span", {class: "pair"}, el("label", {for: "step"}, "Step"), step)), shown, groups), draw, update(next) {
		state = next;
		draw();
	}};
}

// The page; `state` holds the parameters of the address: q, layer, step, and open (the fault to show).
export function faults_page(state, go) {
	const page = el("div", {class: "faults"}, el("h1", {tabindex: "-1"}, "Faults")), rest = el("div", {}, el("p", {class: "dim reading"}, "reading"));
	const active = active_part(), list = catalogue_part(state, go, () => active.read());
	let ready = false;
	page.append(rest);

	async function begin() {
		const {error} = await read_catalogue();
		if (error) {
			rest.replaceChildren(el("p", {class: "lead"}, error));
			return;
		}
		ready = true;
		list.draw();
		rest.replaceChildren(active.part, list.part);
		active.refresh();
	}
	begin();
	return {page, title: "Faults", phone: "", refresh(what) {
		if (ready)
			active.refresh(what);
	}, update(next) {
		if (ready)
			list.update(next);
	}};
}
