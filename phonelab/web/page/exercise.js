// The page of an exercise: ticket, tools, hints, the check and its mark; in a lab without one the list of exercises.
import {el, facts, set} from "./dom.js";
import {model, ask, command, may_change} from "./model.js";
import {tools, hints, result_nodes, list} from "./ticket.js";

const LOOK_MS = {open: 2000, checking: 1000, beginning: 1000, closed: 5000, none: 5000};
const ANSWER = 150; // characters

// --- the answers ---

// One of the two answers: numbered choices, if the ticket has them, and free text. Returns {node, value()}.
function question(name, label, example, choices) {
	const text = el("input", {id: name, maxlength: ANSWER, autocomplete: "off", spellcheck: "false", placeholder: example});
	if (!choices?.length)
		return {node: el("p", {class: "part"}, el("label", {for: name}, label), text), value: () => text.value.trim()};
	const radio = (value, content) => el("label", {class: "choice"}, el("input", {type: "radio", name: name + "-choice", value}), " ", content);
	const own = radio("", "In your own words");
	const node = el("fieldset", {class: "part"}, el("legend", {}, label), choices.map((choice, i) => radio(String(i + 1), choice)), own,
		el("label", {for: name, class: "unseen"}, label + ", in your own words"), text);
	text.addEventListener("input", () => { own.firstChild.checked = true; });
	return {node, value: () => node.querySelector(":checked")?.value || text.value.trim()};
}

function answer_form(exercise, attempt, send) {
	const where = question("component", "Component: where is the fault?", "a port, a server, ... or: none", exercise.choices?.component);
	const what = question("cause", "Cause: what is the fault?", "in a few words, or: nothing", exercise.choices?.cause);
	const said = el("p", {class: "bad", role: "alert"}), button = el("button", {type: "submit"}, "Check");
	const form = el("form", {class: "check", async onsubmit(event) {
		event.preventDefault();
		if (!where.value() || !what.value()) {
			set(said, "Both answers are needed.");
			return;
		}
		button.disabled = true;
		set(said, "");
		set(said, await send({component: where.value(), cause: what.value()}));
		button.disabled = false;
	}}, where.node, what.node, el("p", {class: "dim"}, `The check resets every phone and compares the lab with the healthy lab. Repair first: a check of a lab that is not repaired costs ${attempt} points.`),
	button, said);
	return {form, button};
}

// "" if the command has printed its result; else what it has reported last.
function complaint(reply) {
	const lines = (reply.error || reply.errors || "").trim().split("\n");
	return reply.error || reply.status > 1 || !reply.result?.points && reply.result?.repaired === undefined ? lines.pop() || "the check has no result" : "";
}

// --- the page ---

// Replace the content of a part if what it shows has changed.
function part(title, id) {
	const body = el("div"), node = el("section", {class: "panel", id}, el("h2", {}, title), body);
	let last = "";
	return {node, draw(data, make) {
		const now = JSON.stringify(data);
		node.hidden = data === null;
		if (now === last)
			return;
		last = now;
		body.replaceChildren(...(data === null ? [] : make()));
	}};
}

function spent(exercise, attempt) {
	const hints = (exercise.given ?? []).reduce((sum, hint) => sum + hint.price, 0), why = exercise.asked && exercise.why > 0 ? exercise.why : 0;
	return hints + why + exercise.attempts * attempt;
}

const PHASES = {beginning: "is starting", open: "open", checking: "the lab is being checked", closed: "finished"};

export function exercise_page() {
	const head = el("h1", {tabindex: "-1"}, "Exercise"), story = el("p", {class: "lead"}), trouble = el("p", {class: "bad"});
	const about = part("Exercise", "about"), tool_part = part("Tools", "tools"), hint_part = part("Hints", "hints"), answer_part = part("Answer", "answer"),
		result_part = part("Result", "result"), list_part = part("Exercises", "exercises");
	const progress = el("p", {class: "dim", role: "status"});
	const columns = el("div", {class: "columns exercise"}, el("div", {class: "side"}, about.node, hint_part.node),
		el("div", {}, tool_part.node, answer_part.node, result_part.node));
	const page = el("div", {}, head, story, trouble, progress, columns, list_part.node);
	const prefix = `phonelab --lab ${model.board.lab.name} `;
	let state = null, timer = 0, form = null, exercises = null;

	async function take_hint() {
		const reply = await command("hint");
		set(trouble, reply.error ?? "");
		await look();
		hint_part.node.querySelector("h2").tabIndex = -1;
		hint_part.node.querySelector("h2").focus();
	}

	async function send(answers) {
		look_soon(300);
		const reply = await command("check", answers);
		await look();
		return complaint(reply);
	}

	function draw_progress() {
		const phones = Object.values(model.board.phones), registered = phones.filter((phone) => phone.standing === "registered").length;
		set(progress, state?.phase === "checking" ? `The lab is being checked: ${registered} of ${phones.length} phones are registered.` : "");
	}

	function draw_exercise(exercise) {
		const open = state.phase === "open" || state.phase === "checking", minutes = Math.floor(exercise.seconds / 60);
		set(head, exercise.title);
		set(story, exercise.story);
		about.draw([state.phase, state.trainee, minutes, exercise], () => [facts([["Trainee", state.trainee], ["State", PHASES[state.phase]],
			["Time", minutes === 1 ? "1 minute" : `${minutes} minutes`], ["Spent", `${spent(exercise, state.attempt)} points`],
			["To pass", `${state.pass} of 100 points`], ["Exercise", exercise.id], ["Seed", exercise.seed]])]);
		tool_part.draw(open ? [exercise.tools, exercise.why, exercise.asked] : null, () => [tools(exercise, prefix)]);
		hint_part.draw(open ? [exercise.given, exercise.hints] : null, () => hints(exercise, may_change ? take_hint : null));
		answer_part.draw(open ? [exercise.title, exercise.choices] : null, () => {
			form = may_change ? answer_form(exercise, state.attempt, send) : null;
			return form ? [form.form] : [el("p", {class: "dim"}, "Not on a page that is only for viewing.")];
		});
		if (form)
			form.button.disabled = state.phase !== "open";
		result_part.draw(state.result && state.phase !== "checking" ? [state.phase, state.result] : null, () => result_nodes(state));
	}

	async function draw_list() {
		const again = state.phase === "closed", may = again || state.phase === "none";
		if (may && !exercises)
			exercises = (await ask("exercises")).exercises ?? null;
		list_part.draw(may && exercises ? again : null, () => [again
			? el("p", {}, "Start the next one in this lab. It needs the topology of the last one, and reverts its faults first.")
			: el("p", {}, "This lab has no exercise. An exercise starts a lab of its own; its command prints the address of its page."),
		list(exercises, (id) => again ? `${prefix}exercise new ${id}` : `phonelab exercise start ${id} --web`)]);
	}

	async function look() {
		const reply = await ask("exercise");
		if (reply.error && reply.phase === undefined) {
			set(trouble, reply.error);
			return;
		}
		state = reply;
		set(trouble, reply.error ?? "");
		columns.hidden = !state.exercise;
		if (state.exercise)
			draw_exercise(state.exercise);
		else
			set(head, state.phase === "beginning" ? "The exercise is starting" : "Exercises");
		draw_progress();
		await draw_list();
	}

	// Look again while somebody sees the page.
	function look_soon(ms) {
		clearTimeout(timer);
		timer = setTimeout(async () => {
			if (!page.isConnected)
				return;
			if (!document.hidden && model.link !== "ended")
				await look();
			look_soon(LOOK_MS[state?.phase] ?? 5000);
		}, ms);
	}

	look_soon(0);
	return {page, title: "Exercise", phone: "", refresh: draw_progress};
}
