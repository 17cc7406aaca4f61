// Building the page. All text from the lab passes text(): it becomes a text node, never markup.

// Control characters, and characters that reorder or hide others, are shown by their number.
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

export function clean(value) {
	return String(value ?? "").replace(HIDDEN, (c) => "\\u{" + c.codePointAt(0).toString(16) + "}");
}

function fill(node, attributes, children) {
	for (const [name, value] of Object.entries(attributes ?? {})) {
		if (value === null || value === undefined || value === false)
			continue;
		if (name.startsWith("on"))
			node.addEventListener(name.slice(2), value);
		else
			node.setAttribute(name, value === true ? "" : clean(value));
	}
	for (const child of children.flat(3))
		if (child !== null && child !== undefined && child !== false)
			node.append(child instanceof Node ? child : clean(child));
	return node;
}

// el("p", {class: "dim"}, "text", node, ...)
export function el(name, attributes, ...children) {
	return fill(document.createElement(name), attributes, children);
}

export function svg(name, attributes, ...children) {
	return fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

// Set the text of a node if it differs.
export function set(node, value) {
	const text = clean(value);
	if (node.textContent !== text)
		node.textContent = text;
}

// A list of names and values: [["IPv4", "10.0.0.1"], ...]; rows without a value are left out.
export function facts(rows) {
	return el("dl", {class: "facts"}, rows.filter((row) => row[1] !== undefined && row[1] !== null && row[1] !== "")
		.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
}

export function table(caption, heads, rows) {
	return el("div", {class: "wide", tabindex: "0", role: "region", "aria-label": caption},
		el("table", {}, el("caption", {class: "unseen"}, caption),
			el("thead", {}, el("tr", {}, heads.map((head) => el("th", {scope: "col"}, head)))),
			el("tbody", {}, rows.map((row) => el("tr", {}, row.map((cell, i) =>
				i ? el("td", {}, cell) : el("th", {scope: "row"}, cell)))))));
}

// Seconds with three digits, as on an instrument.
export function seconds(ms) {
	return ms === null || ms === undefined ? "" : (ms / 1000).toFixed(3);
}

// A text of an exercise or of the catalogue: what stands between two backquotes is code.
export function prose(text) {
	return (text ?? "").split("`").map((part, i) => i % 2 ? el("code", {}, part) : part);
}
