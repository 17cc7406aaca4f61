// The page of the lab: all phones, failures first; call managers, servers, switches; why.
import {el, svg, set, table} from "./dom.js";
import {faults_panel} from "./faults.js";
import {state_class} from "./servers.js";
import {model, STEPS, STANDINGS, STANDING_TEXT, broken_step, where, number_of, command, may_change} from "./model.js";

const CELL = 11, GAP = 2, TALL = 16;
// Height tells the state as well as colour does: [top, height].
const BARS = {done: [0, 16], failed: [0, 16], skipped: [10, 6], active: [5, 11], pending: [13, 3]};

// The 14 steps as bars; returns the picture and a function that draws a phone.
export function ladder() {
	const bars = [], width = STEPS.length * (CELL + GAP) - GAP;
	const picture = svg("svg", {class: "ladder", width, height: TALL, viewBox: `0 0 ${width} ${TALL}`, role: "img"});
	STEPS.forEach((name, i) => {
		const title = svg("title", {});
		const bar = svg("rect", {x: i * (CELL + GAP), width: CELL}, title);
		const cross = svg("path", {class: "cross", d: `M${i * (CELL + GAP) + 3} 5.5l5 5m0-5l-5 5`});
		picture.append(bar, cross);
		bars.push({bar, cross, title, name});
	});
	return {picture, draw(phone) {
		let done = 0;
		bars.forEach(({bar, cross, title, name}, i) => {
			const [state, ms, detail] = phone.steps?.[i + 1] ?? ["pending", null, ""];
			const [top, height] = BARS[state] ?? BARS.pending;
			bar.setAttribute("class", state in BARS ? state : "pending");
			bar.setAttribute("y", top);
			bar.setAttribute("height", height);
			cross.setAttribute("visibility", state === "failed" ? "visible" : "hidden");
			set(title, `${i + 1} ${name}: ${state}${ms === null ? "" : `, ${ms} ms`}${detail ? `, ${detail}` : ""}`);
			done += state === "done" || state === "skipped";
		});
		const n = broken_step(phone);
		picture.setAttribute("aria-label", n ? `${done} of 14 steps done; step ${n}, ${STEPS[n - 1]}, ${phone.steps?.[n]?.[0] ?? "pending"}`
			: "all 14 steps done");
	}};
}

function scale() {
	const width = STEPS.length * (CELL + GAP) - GAP;
	return svg("svg", {class: "ladder", width, height: 12, viewBox: `0 0 ${width} 12`, "aria-hidden": "true"},
		STEPS.map((name, i) => svg("text", {x: i * (CELL + GAP) + CELL / 2, y: 10}, String(i + 1))));
}

function phone_row(name) {
	const steps = ladder();
	const standing = el("span", {class: "standing"}), at = el("span", {class: "at"});
	const number = el("td", {class: "mono num"}), kind = el("td", {class: "dim kind"}), address = el("td", {class: "mono dim ip"});
	const row = el("tr", {}, el("th", {scope: "row", class: "mono"}, el("a", {href: "#/phone/" + name}, name)),
		number, kind, el("td", {class: "steps"}, steps.picture), el("td", {class: "what"}, standing, " ", at), address);
	return {row, draw(phone) {
		steps.draw(phone);
		row.className = phone.standing;
		set(number, number_of(phone));
		set(kind, phone.model);
		set(address, phone.ipv4 ?? "");
		set(standing, STANDING_TEXT[phone.standing] ?? phone.standing);
		set(at, where(phone));
	}};
}

function matches(name, phone, words) {
	const text = [name, number_of(phone), phone.model, phone.switch, phone.port, phone.ipv4, phone.state,
		STANDING_TEXT[phone.standing], where(phone)].join(" ").toLowerCase();
	return words.every((word) => text.includes(word));
}

// --- why ---

function step_text(n) {
	return n ? `step ${n}, ${STEPS[n - 1] ?? "unknown"}` : "no step named";
}

function why_groups(result) {
	const link = (name) => el("li", {}, el("a", {class: "mono", href: "#/phone/" + name}, name));
	const groups = (result.groups ?? []).map((group) => el("section", {class: "group"},
		el("h3", {}, `${group.phones.length} ${group.phones.length === 1 ? "phone" : "phones"}: ${step_text(group.step)}`),
		el("p", {}, group.cause || "no cause named"),
		group.verdict ? el("p", {class: "dim"}, `verdict: ${group.verdict}`) : null,
		el("ul", {class: "names"}, group.phones.map(link))));
	if (result.booting?.length)
		groups.push(el("section", {class: "group"}, el("h3", {}, `${result.booting.length} still booting`),
			el("ul", {class: "names"}, result.booting.map(link))));
	groups.unshift(el("p", {}, `${result.healthy} of ${result.total} phones are healthy.`));
	return groups;
}

function why_part() {
	const answer = el("div", {class: "answer", "aria-live": "polite"});
	const button = el("button", {type: "button", async onclick() {
		button.disabled = true;
		answer.replaceChildren(el("p", {class: "dim"}, "phonelab why --all is running"));
		const reply = await command("why");
		button.disabled = false;
		if (reply.error || typeof reply.result !== "object" || reply.result === null)
			answer.replaceChildren(el("p", {class: "bad"}, reply.error || reply.errors || "why has no answer"));
		else
			answer.replaceChildren(...why_groups(reply.result));
	}}, "Explain all phones");
	return el("section", {class: "panel"}, el("h2", {}, "Why"),
		may_change ? button : el("p", {class: "dim"}, "Not on a page that is only for viewing."), answer);
}

// --- the other nodes ---

function nodes_part() {
	const managers = el("div"), servers = el("div"), switches = el("div"), notes = el("div");
	let last = "";
	const parts = [el("section", {class: "panel"}, el("h2", {}, "Call managers"), managers),
		el("section", {class: "panel"}, el("h2", {}, "Servers"), notes, servers),
		el("section", {class: "panel"}, el("h2", {}, "Switches"), switches)];
	return {parts, draw(board) {
		const now = JSON.stringify([board.cluster, board.servers, board.notes,
			Object.values(board.switches).map((sw) => [sw.poe, sw.silent])]);
		if (now === last)
			return;
		last = now;
		managers.replaceChildren(table("Call managers", ["Name", "Role", "Phones"], Object.entries(board.cluster).map(
			([name, node]) => [el("span", {class: "mono"}, name), node.role, node.error ? el("span", {class: "bad"}, node.error)
				: el("b", {class: "mono"}, String(node.registered))])));
		servers.replaceChildren(table("Servers", ["Name", "Kind", "Address", "State"], Object.values(board.servers).map(
			(server) => [el("a", {class: "mono", href: "#/servers/" + encodeURIComponent(server.node ?? server.name)}, server.name), server.kind, el("span", {class: "mono"}, server.address),
				el("span", {class: state_class(server.state)}, server.state)])));
		switches.replaceChildren(table("Switches", ["Name", "PoE used", "PoE budget"], Object.entries(board.switches).map(
			([name, sw]) => [el("a", {class: "mono", href: "#/switch/" + encodeURIComponent(name)}, name),
				sw.silent ? el("span", {class: "bad"}, "does not answer") : sw.poe ? (sw.poe.used_mw / 1000).toFixed(1) + " W" : "",
				sw.poe ? (sw.poe.budget_mw / 1000).toFixed(1) + " W" : ""])));
		notes.replaceChildren(...board.notes.map((note) => el("p", {class: "bad"}, note)));
	}};
}

// --- the page ---

// The page; `state` holds the parameters of the address: show (a standing) and q.
export function lab_page(state, go) {
	const rows = new Map(), body = el("tbody"), counts = el("div", {class: "counts", role: "group", "aria-label": "Show phones that are"});
	const search = el("input", {type: "search", id: "q", placeholder: "number, name, model, port, step", autocomplete: "off", spellcheck: "false"});
	const none = el("p", {class: "dim", hidden: true}, "No phone fits."), shown = el("p", {class: "dim shown"});
	const nodes = nodes_part(), faults = faults_panel();
	let order = "", counted = "";
	search.value = state.q ?? "";
	search.addEventListener("input", () => go({...state, q: search.value}, true));

	function draw_counts(phones) {
		const number = {all: phones.length};
		for (const [, phone] of phones)
			number[phone.standing] = (number[phone.standing] ?? 0) + 1;
		const now = JSON.stringify([number, state.show]);
		if (now === counted)
			return;
		counted = now;
		const held = document.activeElement?.dataset?.show;
		counts.replaceChildren(...["all", ...STANDINGS].filter((key) => key === "all" || number[key] || state.show === key).map((key) =>
			el("button", {type: "button", class: "count " + key, "data-show": key, "aria-pressed": String((state.show ?? "all") === key),
				onclick: () => go({...state, show: key === "all" ? undefined : key})},
			el("b", {}, String(number[key] ?? 0)), " ", key === "all" ? "phones" : STANDING_TEXT[key])));
		if (held)
			counts.querySelector(`[data-show="${CSS.escape(held)}"]`)?.focus();
	}

	function arrange(phones) {
		const words = (state.q ?? "").toLowerCase().split(/\s+/).filter(Boolean);
		const list = phones.filter(([name, phone]) => (!state.show || phone.standing === state.show) && matches(name, phone, words));
		list.sort((a, b) => STANDINGS.indexOf(a[1].standing) - STANDINGS.indexOf(b[1].standing));
		const now = list.map(([name]) => name).join();
		none.hidden = list.length > 0;
		set(shown, list.length === phones.length ? "" : `${list.length} of ${phones.length} shown`);
		if (now === order)
			return;
		order = now;
		const held = document.activeElement;
		body.replaceChildren(...list.map(([name]) => rows.get(name).row));
		if (held && body.contains(held))
			held.focus();
	}

	const page = el("div", {class: "lab"},
		el("div", {class: "main"},
			el("h1", {tabindex: "-1"}, "Phones"), counts,
			el("p", {class: "search"}, el("label", {for: "q"}, "Filter"), search), shown,
			el("table", {class: "phones"}, el("caption", {class: "unseen"}, "Phones and their steps, failures first"),
				el("thead", {}, el("tr", {}, el("th", {scope: "col"}, "Phone"), el("th", {scope: "col"}, "Number"), el("th", {scope: "col", class: "kind"}, "Model"),
					el("th", {scope: "col", class: "steps"}, el("span", {class: "unseen"}, "Steps 1 to 14"), scale()),
					el("th", {scope: "col"}, "State, and where it stands"), el("th", {scope: "col", class: "ip"}, "IPv4"))),
				body), none,
			el("details", {class: "key"}, el("summary", {}, "The 14 steps"),
				el("ol", {class: "steps14"}, STEPS.map((name) => el("li", {}, name))),
				el("p", {class: "dim"}, "Full bar: done. Half bar: active. Short hollow bar: skipped. Bar with a cross: failed. Line: pending."))),
		el("aside", {"aria-label": "Nodes and causes"}, faults.part, why_part(), nodes.parts));

	return {page, title: "Phones", phone: "", refresh(what, patch) {
		const phones = Object.entries(model.board.phones);
		for (const [name, phone] of phones) {
			const fresh = !rows.has(name);
			if (fresh)
				rows.set(name, phone_row(name));
			if (fresh || what !== "patch" || patch?.phones?.[name])
				rows.get(name).draw(phone);
		}
		draw_counts(phones);
		arrange(phones);
		nodes.draw(model.board);
		faults.draw(model.board, what);
	}, update(next) {
		state = next;
		const phones = Object.entries(model.board?.phones ?? {});
		draw_counts(phones);
		arrange(phones);
	}};
}
