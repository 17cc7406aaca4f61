// The evidence that phonelab test keeps of scenarios that have not passed.
import {el, facts, table} from "./dom.js";
import {ask} from "./model.js";

// By the exit status of phonelab test.
const OUTCOMES = {0: "passed", 1: "failed", 2: "invalid", 3: "unfit machine", 4: "defect of phonelab", 130: "interrupted", "-1": "not run"};

function outcome(run) {
	return OUTCOMES[run.outcome] ?? "unknown";
}

function when(run) {
	const two = (n) => String(n).padStart(2, "0"), at = new Date((run.time ?? 0) * 1000);
	return run.time ? `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${at.toTimeString().slice(0, 8)}` : "";
}

function size_text(size) {
	return size < 10000 ? `${size} octets` : size < 10e6 ? `${(size / 1000).toFixed(0)} kB` : `${(size / 1e6).toFixed(0)} MB`;
}

function link_to(run, file) {
	return "evidence?" + new URLSearchParams({run: run.run, file});
}

function list_nodes(reply) {
	const runs = [...reply.runs].sort((a, b) => (b.time ?? 0) - (a.time ?? 0));
	if (!runs.length)
		return [el("p", {}, reply.missing ? ["The folder ", el("span", {class: "mono"}, reply.folder), " does not exist: no scenario has left evidence."]
			: ["The folder ", el("span", {class: "mono"}, reply.folder), " has no evidence."]),
		el("p", {class: "dim"}, "phonelab test keeps evidence of each scenario that does not pass. Another folder: phonelab web --runs DIR")];
	return [el("p", {class: "dim"}, `${runs.length} in `, el("span", {class: "mono"}, reply.folder), reply.more ? ", and more that are not listed" : "", ", newest first"),
		el("section", {class: "panel cards"}, table("Runs", ["Scenario", "Result", "Ended", "Seconds", "Likely cause, or reason"], runs.map((run) => [
			el("a", {class: "mono", href: "#/runs/" + encodeURIComponent(run.run)}, run.run), el("span", {class: run.outcome ? "bad" : "good"}, outcome(run)),
			el("span", {class: "num"}, when(run)), el("span", {class: "num"}, run.seconds?.toFixed?.(1) ?? ""), el("span", {class: "text"}, run.cause || run.reason || "")])))];
}

function run_nodes(run) {
	const page = run.files.some(({name}) => name === "index.html");
	return [el("p", {class: "lead"}, run.title || run.name || ""), el("section", {class: "panel"}, el("h2", {}, "Result"),
		facts([["Result", el("b", {class: run.outcome ? "bad" : "good"}, outcome(run))], ["Scenario", run.file ? el("span", {class: "mono"}, run.file + (run.line ? ":" + run.line : "")) : ""],
			["Ended", when(run)], ["Took", run.seconds === undefined ? "" : `${run.seconds.toFixed(1)} s`], ["Reason", run.reason], ["Likely cause", run.cause]])),
	el("section", {class: "panel"}, el("h2", {}, "Files"), el("ul", {class: "files"}, run.files.filter(({name}) => name !== "index.html").map(({name, size}) =>
		el("li", {}, el("a", {class: "mono", href: link_to(run, name), download: ""}, name), " ", el("span", {class: "dim"}, size_text(size)))))),
	page ? el("section", {}, el("h2", {}, "Evidence ", el("a", {href: link_to(run, "index.html")}, "as a page of its own")),
		// The frame runs no script, and is no part of this origin.
		el("iframe", {class: "evidence-page", sandbox: "", src: link_to(run, "index.html"), title: "Evidence of " + run.run}))
		: el("p", {class: "dim"}, "This run has no page of evidence.")];
}

export function runs_page(name) {
	const place = el("div", {}, el("p", {class: "dim reading"}, "reading"));

	async function read() {
		const reply = await ask("runs"), result = reply.result, run = result?.runs?.find((one) => one.run === name);
		if (reply.error || !result?.runs)
			place.replaceChildren(el("p", {class: "bad"}, reply.error || reply.errors || "the evidence cannot be read"));
		else if (!name)
			place.replaceChildren(...list_nodes(result));
		else if (run)
			place.replaceChildren(...run_nodes(run));
		else
			place.replaceChildren(el("p", {}, "There is no such run."));
	}
	read();
	return {page: el("div", {class: "runs"}, el("h1", {tabindex: "-1"}, name ? el("span", {class: "mono"}, name) : "Runs"), place), title: name || "Runs", phone: "", refresh() {}};
}
