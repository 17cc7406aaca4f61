// The page of a phone: its display, the ladder with times and evidence, what it logs, its configuration.
import {el, svg, set, facts, table, seconds} from "./dom.js";
import {model, STEPS, STANDING_TEXT, ask, command, may_change, number_of, where} from "./model.js";
import {display, lines_of, idle_softkeys} from "./display.js";
import {sequence_part} from "./sequence.js";
import {phone_frame} from "./phone_frame.js";

const EVIDENCE = 40; // events of a step that are shown
const MARKS = {done: "\u2713", failed: "\u2715", skipped: "\u2013", active: "\u25b8", pending: "\u00b7"};

// --- times ---

// The monotonic time (us) at which the phone was powered: an event of a step, less the time that the phone gives for it.
// Null: not known.
function power_on(phone) {
	for (let i = model.events.length - 1; i >= 0; i--) {
		const event = model.events[i], step = phone.steps?.[event.step];
		if (event.event?.startsWith("step.") && step && event.event === "step." + step[0] && event.detail === step[2] && step[1] !== null)
			return event.t - step[1] * 1000;
	}
	return null;
}

// When each step began and ended last, by its events: [t of step 0 (unused), t of step 1, ...]; and when the boot began, which
// is the power-on unless the phone was reset.
function begins(zero) {
	const at = [], left = [];
	for (const event of model.events)
		if (event.event === "step.active")
			at[event.step] = event.t;
		else if (event.event?.startsWith("step."))
			left[event.step] = event.t;
	return {at, left, boot: Math.max(zero ?? 0, at[2] !== undefined && at[2] - zero > 1e6 ? at[2] : 0) || null};
}

function stamp(event, boot) {
	return boot === null ? "" : ((event.t - boot) / 1e6).toFixed(3).replace("-0.000", "0.000");
}

// --- the ladder ---

function rung(n) {
	const mark = el("span", {class: "rungmark", "aria-hidden": "true"}), state = el("span", {class: "unseen"}), detail = el("span", {class: "detail"});
	const time = el("span", {class: "mono time"}), bar = svg("rect", {y: 1, height: 6, rx: 1}), evidence = el("div", {class: "evidence"});
	const node = el("li", {}, el("details", {}, el("summary", {}, mark, el("span", {class: "mono stepno"}, String(n)), el("span", {class: "name"}, STEPS[n - 1]), state,
		time, svg("svg", {class: "span", viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true"}, bar), detail), evidence));
	// end, begin: ms since the boot; null: not known. total: ms of the whole boot.
	return {node, draw(step, begin, end, total) {
		const [now, , text] = step ?? ["pending", null, ""];
		node.className = "rung " + now;
		set(mark, MARKS[now] ?? "?");
		set(state, `, ${now}`);
		set(detail, text || (now === "pending" ? "" : now));
		set(time, now === "done" || now === "failed" ? seconds(end) : "");
		const from = total ? Math.max(0, begin) / total * 100 : 0, to = total && end !== null ? end / total * 100 : from;
		bar.setAttribute("x", Math.min(from, 99.4));
		bar.setAttribute("width", now === "pending" ? 0 : Math.max(to - from, .6));
		bar.setAttribute("class", now);
	}, show(events, boot) {
		const newest = events.slice(-EVIDENCE);
		evidence.replaceChildren(newest.length ? table(`Events of step ${n}`, ["s", "Event", "Detail and evidence"], newest.map((event) => [
			el("span", {class: "mono"}, stamp(event, boot)), el("span", {class: "mono"}, event.event), [event.detail ?? "", el("div", {class: "mono dim"},
				Object.entries(event.evidence ?? {}).filter(([, value]) => value !== "").map(([key, value]) => `${key}=${value}`).join("  "))]]))
			: el("p", {class: "dim"}, "No event of this boot."), newest.length < events.length ? el("p", {class: "dim"},
			`The newest ${EVIDENCE} of ${events.length} events; all: phonelab exec NODE -- cat /run/phonelab/events.jsonl`) : "");
	}};
}

// --- actions ---

function actions(name) {
	if (!may_change)
		return null;
	const answer = el("span", {class: "dim", role: "status"});
	const button = (label, verb) => el("button", {type: "button", async onclick(event) {
		event.target.disabled = true;
		set(answer, `${verb} is running`);
		const reply = await command(verb, {phone: name});
		event.target.disabled = false;
		set(answer, reply.error || reply.errors || (reply.status ? `exit status ${reply.status}` : `${verb}: done`));
	}}, label);
	return el("div", {class: "actions", role: "group", "aria-label": "Cable and reset"}, button("Unplug", "unplug"), button("Plug in", "plug"), button("Reset", "reset"),
		button("Restart", "restart"), answer);
}

// What `phonelab why --json` reports.
function report_nodes(report) {
	const list = (title, entries, line) => entries?.length ? [el("h3", {}, title), el("ul", {class: "reasons"}, entries.map((entry) => el("li", {}, line(entry))))] : [];
	const step = report.step && report.verdict !== "healthy" ? `, step ${report.step.n ?? report.step}${report.step.name ? ", " + report.step.name : ""}` : "";
	return [el("p", {}, el("b", {}, report.verdict ?? (report.healthy ? "healthy" : "no verdict")), step),
		report.cause ? el("p", {class: "cause"}, report.cause) : null, report.object ? el("p", {class: "mono dim"}, report.object) : null,
		...list("Evidence", report.evidence, (entry) => [entry.text, " ", el("span", {class: "mono dim"}, entry.from ?? "")]),
		...list("Other causes that fit", report.alternatives, (entry) => entry.cause),
		...list("Ruled out", report.ruled_out, (entry) => [entry.cause, entry.because ? [" ", el("span", {class: "dim"}, "Because: " + entry.because)] : null]),
		report.look ? el("p", {class: "mono"}, report.look) : null].filter(Boolean);
}

function why_part(name) {
	const answer = el("div", {"aria-live": "polite"});
	const button = el("button", {type: "button", async onclick() {
		button.disabled = true;
		answer.replaceChildren(el("p", {class: "dim"}, "phonelab why is running; it measures the network for some seconds"));
		const reply = await command("why", {phone: name}), report = reply.result;
		button.disabled = false;
		if (reply.error || typeof report !== "object" || report === null)
			answer.replaceChildren(el("p", {class: "bad"}, reply.error || reply.errors || "why has no answer"));
		else
			answer.replaceChildren(...report_nodes(report));
	}}, "Explain this phone");
	return el("section", {class: "panel"}, el("h2", {}, "Why"), may_change ? button : el("p", {class: "dim"}, "Not on a page that is only for viewing."), answer);
}

// --- what the phone logs ---

// A list of lines that grows at its end and stays there while it is scrolled to its end.
function log_part(title, id, empty) {
	const list = el("pre", {class: "log", tabindex: "0", id, "aria-label": title}, empty);
	let shown = 0, last = null;
	return {part: el("section", {class: "panel"}, el("h2", {}, title), list), draw(lines) {
		if (lines.length === shown && lines[lines.length - 1] === last)
			return;
		const end = list.scrollTop + list.clientHeight >= list.scrollHeight - 4;
		shown = lines.length;
		last = lines[lines.length - 1];
		set(list, lines.join("\n") || empty);
		if (end)
			list.scrollTop = list.scrollHeight;
	}};
}

function page_facts(phone) {
	const address = phone.ipv4 ? `${phone.ipv4}${phone.prefix ? "/" + phone.prefix : ""}` : "";
	const members = (phone.call_managers ?? []).map((one) => one.name + (one.state ? ` (${one.state})` : "")).join(", ");
	return facts([["State", phone.state], ["Number", number_of(phone)], ["Model", phone.model], ["Plugged into", phone.switch ? el("a", {class: "mono",
		href: `#/switch/${encodeURIComponent(phone.switch)}/${phone.port}`}, `${phone.switch} ${phone.port}`) : ""], ["Neighbour", phone.neighbor],
	["Power", phone.powered ? `${((phone.power_mw ?? 0) / 1000).toFixed(1)} W granted` : "none"], ["Voice VLAN", phone.voice_vlan || ""], ["IPv4", address], ["Gateway", phone.gateway],
	["DHCP server", phone.dhcp_server], ["DHCP state", phone.dhcp_state], ["DNS", phone.dns?.join(", ")], ["Domain", phone.domain], ["TFTP", phone.tftp?.join(", ")], ["Call managers", members],
	["Registered with", phone.registered_with], ["Configuration", phone.configuration], ["Active load", phone.active_load], ["Inactive load", phone.inactive_load],
	["Download", phone.download_status], ["Trust lists", [phone.ctl_installed ? "CTL" : "", phone.itl_installed ? "ITL" : ""].filter(Boolean).join(", ") || "none"],
	["Last restart", phone.restart_cause], ["Went on without", (phone.continued_without ?? []).map((one) => one.text ?? one.code).join("; ")],
	["Web page", phone.ipv4 ? el("span", {class: "mono"}, `http://${phone.ipv4}/`) : ""]]);
}

export function phone_page(name) {
	if (!model.board?.phones?.[name])
		return {page: el("div", {}, el("h1", {tabindex: "-1"}, "Phone ", name), el("p", {}, "This lab has no such phone.")), title: name, phone: "", refresh() {}};
	const rungs = STEPS.map((step, i) => rung(i + 1)), state = el("p", {class: "lead"}), picture = el("div", {class: "picture"}), about = el("div");
	const messages = log_part("Status messages", "messages", "none yet"), log = log_part("Console", "console", "nothing yet"), configuration = el("div"), sequence = sequence_part(name);
	let config = {phone: "", lines: []}, softkeys = [], fetched = "", drawn = "", seen = null;

	async function read_configuration(phone) {
		const key = [phone.configuration, phone.steps?.[7]?.[1], phone.steps?.[13]?.[0]].join();
		if (key === fetched)
			return;
		fetched = key;
		const reply = await ask("configuration", {phone: name});
		config = reply.error ? {phone: "", lines: []} : lines_of(reply.text);
		softkeys = idle_softkeys(reply.softkeys);
		configuration.replaceChildren(reply.error ? el("p", {class: "dim"}, reply.error)
			: el("details", {}, el("summary", {}, el("span", {class: "mono"}, reply.file), `, ${reply.text.length} characters`), el("pre", {tabindex: "0"}, reply.text)));
		drawn = "";
		refresh();
	}

	function draw_phone(phone) {
		const text = JSON.stringify([phone, config, softkeys, new Date().getMinutes()]);
		if (text === drawn)
			return;
		drawn = text;
		state.className = "lead " + phone.standing;
		set(state, `${STANDING_TEXT[phone.standing] ?? phone.standing}${where(phone) ? ", " + where(phone) : ""}`);
		picture.replaceChildren(display(phone, config, softkeys));
		about.replaceChildren(page_facts(phone));
	}

	// The status has the time of a step a moment after the event of the step.
	function end_of(n, step, zero, {left, boot}) {
		const [state, ms] = step ?? ["pending", null];
		if (state === "pending" || state === "active" || boot === null)
			return ms ?? null;
		return ms === null ? left[n] === undefined ? null : Math.max(0, left[n] - boot) / 1000 : Math.max(0, ms - (boot - zero) / 1000);
	}

	function draw_ladder(phone, zero, begun) {
		const {at, boot} = begun, ends = STEPS.map((step, i) => end_of(i + 1, phone.steps?.[i + 1], zero, begun));
		const total = Math.max(1, ...ends);
		let before = 0;
		rungs.forEach((one, i) => {
			const known = at[i + 1] !== undefined && boot !== null ? (at[i + 1] - boot) / 1000 : before;
			one.draw(phone.steps?.[i + 1], known, ends[i], total);
			before = Math.max(before, ends[i] ?? 0);
		});
	}

	function refresh(what) {
		const phone = model.board.phones[name];
		if (!phone)
			return;
		draw_phone(phone);
		read_configuration(phone);
		const zero = power_on(phone), begun = begins(zero), boot = begun.boot;
		draw_ladder(phone, zero, begun);
		if (what !== "patch" || seen !== model.events)
			sequence.refresh(phone.switch ?? "", boot);
		if (what === "patch" && seen === model.events)
			return;
		seen = model.events;
		const present = boot === null ? [] : model.events.filter((event) => event.t >= boot - 1000);
		rungs.forEach((one, i) => one.show(present.filter((event) => event.step === i + 1 && event.event !== "step.pending"), boot));
		messages.draw(model.events.filter((event) => event.event === "phone.message").map((event) => `${stamp(event, boot).padStart(10)}  ${event.detail}`));
		log.draw(model.events.filter((event) => event.event === "phone.console").map((event) => event.detail));
	}

	const page = el("div", {class: "phone"},
		el("h1", {tabindex: "-1"}, el("span", {class: "mono"}, name)), state, actions(name),
		el("div", {class: "columns"},
			el("div", {}, picture, el("section", {class: "panel"}, el("h2", {}, "Now"), about)),
			el("div", {}, el("section", {class: "panel"}, el("h2", {}, "Ladder"), el("p", {class: "dim"}, "Seconds since the boot began. Open a step for its evidence."),
				el("ol", {class: "rungs"}, rungs.map((one) => one.node))), why_part(name), messages.part)),
		sequence.part, log.part, el("section", {class: "panel"}, el("h2", {}, "Configuration as fetched"), configuration), phone_frame(name));
	return {page, title: name, phone: name, refresh};
}
