// The board of a class: a row per trainee, sorted by any column; the sort is part of the address.
import {el, set} from "./dom.js";
import {model, follow} from "./model.js";

const LINKS = {connecting: "connecting", live: "live", lost: "no connection", ended: "phonelab web has ended", trouble: "the board cannot be read"};
const PHASES = {beginning: "starting", open: "open", checking: "in the check", closed: "finished", none: "no exercise", down: "no lab"};

function minutes(row) {
	return row.phase === "down" || row.phase === "none" ? "" : String(Math.floor(row.seconds / 60));
}

// [member of a row, heading, is a number, what a cell shows]
const COLUMNS = [["position", "Position", true], ["trainee", "Trainee", false], ["points", "Points", true], ["solved", "Solved", true],
	["exercise", "Exercise", false], ["phase", "State", false, (row) => el("span", {class: "phase-" + row.phase}, PHASES[row.phase] ?? row.phase)],
	["seconds", "Minutes", true, minutes], ["hints", "Hints", true], ["attempts", "Failed checks", true],
	["lab", "Lab", false, (row) => el("span", {class: "mono"}, row.lab)]];

function sorting() {
	const parameters = new URLSearchParams(location.hash.split("?")[1] ?? ""), by = COLUMNS.find(([name]) => name === parameters.get("sort"));
	return {by: by ? by[0] : "position", down: parameters.get("down") === "1"};
}

const main = document.getElementById("main"), body = el("tbody"), heads = COLUMNS.map(([name, title, number]) =>
	el("th", {scope: "col", class: number ? "number" : null}, el("button", {type: "button", class: "sort", onclick() {
		const now = sorting(), down = now.by === name && !now.down;
		history.replaceState(null, "", `#/class?sort=${name}${down ? "&down=1" : ""}`);
		draw();
	}}, title)));
let drawn = "";

function sorted(rows) {
	const {by, down} = sorting(), sign = down ? -1 : 1;
	const compare = (a, b) => typeof a === "number" ? a - b : a < b ? -1 : a > b ? 1 : 0;
	return [...rows].sort((a, b) => sign * compare(a[by], b[by]) || compare(a.position, b.position) || compare(a.trainee, b.trainee));
}

function draw() {
	const rows = model.board?.board, {by, down} = sorting(), now = JSON.stringify([model.board, by, down]);
	if (!rows || now === drawn)
		return;
	drawn = now;
	COLUMNS.forEach(([name], i) => heads[i].setAttribute("aria-sort", name !== by ? "none" : down ? "descending" : "ascending"));
	body.replaceChildren(...sorted(rows).map((row) => el("tr", {}, COLUMNS.map(([name, , number, show], i) =>
		el(name === "trainee" ? "th" : "td", {scope: name === "trainee" ? "row" : null, class: number ? "number" : null}, show ? show(row) : row[name])))));
	const closed = rows.filter((row) => row.phase === "closed").length;
	set(document.getElementById("class"), model.board.class);
	set(document.getElementById("sum"), `${closed} of ${rows.length} finished`);
	document.title = `${model.board.class} - class - phonelab`;
}

function draw_link() {
	const link = document.getElementById("link");
	link.className = "link " + model.link;
	set(link, LINKS[model.link] + (model.trouble ? ": " + model.trouble : ""));
}

main.append(el("h1", {tabindex: "-1"}, "Class"),
	el("p", {class: "dim"}, "Points are those of the best check of each exercise that a trainee has passed. Open a lab's own page with: ", el("code", {}, "phonelab --lab LAB web")),
	el("div", {class: "wide panel", tabindex: "0", role: "region", "aria-label": "The board"}, el("table", {class: "board"},
		el("caption", {class: "unseen"}, "Trainees, with what they have reached"), el("thead", {}, el("tr", {}, heads)), body)),
	el("p", {}, el("a", {href: "class.csv", download: "class.csv"}, "Download as CSV")));
document.getElementById("skip").addEventListener("click", (event) => {
	event.preventDefault();
	main.focus();
});
addEventListener("hashchange", draw);
follow("", () => {
	draw_link();
	draw();
});
