// The parts of the page of an exercise: tools, hints, the mark, the list of exercises.
import {el, prose, table} from "./dom.js";
import {model} from "./model.js";

// A command, and a button that copies it. Without a clipboard (a page over plain HTTP from another machine has none) the command
// is selected.
export function copyable(command) {
	const text = el("code", {}, command), done = el("span", {class: "dim", role: "status"});
	return el("span", {class: "copyable"}, text, el("button", {type: "button", "aria-label": "Copy " + command, async onclick() {
		try {
			await navigator.clipboard.writeText(command);
			done.textContent = "copied";
		} catch {
			getSelection().selectAllChildren(text);
			done.textContent = "selected";
		}
		setTimeout(() => { done.textContent = ""; }, 2000);
	}}, "Copy"), done);
}

// --- tools ---

function links(first, names) {
	return names.map((name, i) => [i ? " " : "", el("a", {class: "mono", href: `#/${first}/${encodeURIComponent(name)}`}, name)]);
}

// What a tool is for, and where it is: a page, or a command with names of this lab.
const TOOLS = {
	status: () => ["Every phone with its steps: ", el("a", {href: "#/lab"}, "Lab")],
	show: (run, sw) => ["What a switch reports: ", links("switch", Object.keys(model.board.switches)), ", ", run(`show ${sw} interfaces status`)],
	console: (run, sw, phone) => ["What a phone logs, on the page of the phone, or: ", run(`console ${phone}`)],
	messages: (run, sw, phone) => ["The status messages of a phone, on its page, or: ", run(`messages ${phone}`)],
	capture: (run, sw, phone) => ["Frames at a node or a port: ", run(`capture ${phone} -w phone.pcapng`)],
	exec: (run, sw, phone, server) => ["A shell inside a node: ", run(`exec ${server} -- sh`)],
	configure: (run, sw) => ["Configure a switch, on its page, or: ", run(`configure ${sw} "interface PORT" "COMMAND"`)],
	service: (run, sw, phone, server) => ["State, start, stop, restart of a server: ", el("a", {href: "#/servers"}, "Servers"), ", ", run(`service ${server} status`)],
	plug: (run, sw, phone) => ["Plug in a phone, on its page, or: ", run(`plug ${phone}`)],
};

export function tools(exercise, prefix) {
	const first = (object) => Object.keys(object)[0] ?? "", board = model.board;
	const run = (words) => el("code", {}, prefix + words);
	const server = Object.values(board.servers)[0]?.node ?? "";
	const row = (name, content) => el("div", {}, el("dt", {class: "mono"}, name), el("dd", {}, content));
	return el("dl", {class: "facts tools"}, (exercise.tools ?? []).map((name) =>
		row(name, Object.hasOwn(TOOLS, name) ? TOOLS[name](run, first(board.switches), first(board.phones), server) : run(name))),
	row("why", exercise.why < 0 ? "refused in this exercise" : `costs ${exercise.why} points in this exercise, once${exercise.asked ? "; used" : ""}`));
}

// --- hints ---

// take(): takes the next hint. May be left out: the page only views.
export function hints(exercise, take) {
	const given = exercise.given ?? [], left = exercise.hints - given.length, out = [];
	if (given.length)
		out.push(el("ol", {class: "hints"}, given.map((hint) => el("li", {}, prose(hint.text), " ", el("span", {class: "dim"}, `(${hint.price} points)`)))));
	if (!left) {
		out.push(el("p", {class: "dim"}, given.length ? "There is no further hint." : "This exercise has no hints."));
		return out;
	}
	out.push(el("p", {class: "dim"}, `${left} ${given.length ? "further " : ""}${left === 1 ? "hint" : "hints"}; the next one costs ${exercise.price} points.`));
	if (!take)
		return out;
	const ask = el("button", {type: "button", onclick() {
		question.hidden = false;
		ask.hidden = true;
		yes.focus();
	}}, "Take a hint");
	const yes = el("button", {type: "button", onclick() {
		yes.disabled = true;
		take();
	}}, `Yes, for ${exercise.price} points`);
	const question = el("div", {class: "actions", role: "group", "aria-label": "Take a hint?", hidden: true}, el("span", {}, `Pay ${exercise.price} points?`), yes,
		el("button", {type: "button", onclick() {
			question.hidden = true;
			ask.hidden = false;
			ask.focus();
		}}, "No"));
	out.push(ask, question);
	return out;
}

// --- the mark ---

function mark(result, pass) {
	const rows = [["Repair", result.repair], ["Component", result.component], ["Cause", result.cause], ["Hints", -result.hints], ["Why", -result.why],
		["Checks without a repair", -result.attempts]];
	return [el("p", {class: "points " + (result.passed ? "good" : "bad")}, el("b", {}, String(result.points)), " of 100 points, ", result.passed ? "passed" : `not passed (${pass} pass)`),
		el("div", {class: "mark-parts"}, table("The parts of the mark", ["Part", "Points"], rows.map(([name, points]) => [name, el("span", {class: "mono"}, String(points || 0))])))];
}

function part_text(part) {
	const row = (name, text) => text ? el("div", {}, el("dt", {}, name), el("dd", {}, prose(text))) : null;
	return [el("h3", {}, part.title, part.phone ? [", ", el("span", {class: "mono"}, part.phone)] : null),
		el("dl", {class: "facts"}, row("Cause", part.what), row("Found by", part.find), row("Repair", part.repair))];
}

// What the last check found.
export function result_nodes(state) {
	const result = state.result;
	if (state.phase === "closed")
		return [...mark(result, state.pass), el("p", {}, prose(result.explanation)), ...(result.parts ?? []).flatMap(part_text),
			result.healthy ? el("p", {class: "dim"}, "This lab was healthy.") : null].filter(Boolean);
	return [el("p", {class: "bad"}, `The lab differs from the healthy lab. This check costs ${state.attempt} points.`),
		el("ul", {class: "reasons"}, (result.said ?? []).map((text) => el("li", {}, text)))];
}

// --- the list ---

export function list(exercises, command) {
	return el("div", {class: "exercises"}, table("Exercises, easiest first", ["Exercise", "Level", "Command"], exercises.map((one) => [
		[el("b", {}, one.title), el("div", {class: "dim story"}, one.story)], String(one.level), copyable(command(one.id))])));
}
