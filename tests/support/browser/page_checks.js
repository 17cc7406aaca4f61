// Checks of a page as it is: accessible names, structure, contrast (WCAG 2.1 AA), width. Returns a list of complaints.
const complaints = [];

function rgb(text) {
	const found = /rgba?\(([\d.]+), ([\d.]+), ([\d.]+)(?:, ([\d.]+))?\)/.exec(text);
	return found ? [+found[1], +found[2], +found[3], found[4] === undefined ? 1 : +found[4]] : [0, 0, 0, 0];
}

function luminance([r, g, b]) {
	const part = (value) => (value /= 255) <= .03928 ? value / 12.92 : ((value + .055) / 1.055) ** 2.4;
	return .2126 * part(r) + .7152 * part(g) + .0722 * part(b);
}

function background(element) {
	for (; element; element = element.parentElement) {
		const colour = rgb(getComputedStyle(element).backgroundColor);
		if (colour[3] === 1)
			return colour;
	}
	return [255, 255, 255, 1];
}

function visible(element) {
	const box = element.getBoundingClientRect();
	return box.width > 1 && box.height > 1 && getComputedStyle(element).visibility === "visible" && !element.closest(".unseen");
}

function check_contrast(element) {
	const style = getComputedStyle(element), size = parseFloat(style.fontSize);
	const a = luminance(rgb(style.color)), b = luminance(background(element));
	const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05), need = size >= 24 || (size >= 18.66 && +style.fontWeight >= 700) ? 3 : 4.5;
	if (ratio < need)
		complaints.push(`contrast ${ratio.toFixed(2)} of "${element.textContent.trim().slice(0, 40)}" (${element.tagName} ${element.className})`);
}

const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const seen = new Set();
for (let node; (node = walker.nextNode());) {
	const element = node.parentElement;
	if (!node.textContent.trim() || seen.has(element) || element.closest("svg, noscript") || !visible(element) || element.disabled)
		continue;
	seen.add(element);
	check_contrast(element);
}

for (const element of document.querySelectorAll("a, button, input, select, textarea, summary, meter, iframe")) {
	const name = element.getAttribute("aria-label") || element.title || element.labels?.[0]?.textContent || element.textContent || element.querySelector?.("title")?.textContent;
	if (!name?.trim())
		complaints.push(`no name: ${element.outerHTML.slice(0, 80)}`);
}
for (const element of document.querySelectorAll("svg:not([aria-hidden])"))
	if (!element.closest("svg[aria-hidden]") && !element.getAttribute("aria-label"))
		complaints.push(`picture without a text alternative: ${element.outerHTML.slice(0, 80)}`);
for (const [what, selector, least] of [["h1", "h1", 1], ["main", "main", 1], ["header", "header", 1], ["nav with a name", "nav[aria-label]", 1]])
	if ([...document.querySelectorAll(selector)].filter((one) => !one.closest("noscript")).length !== least)
		complaints.push(`found not exactly one ${what}`);
const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
for (const id of ids)
	if (ids.indexOf(id) !== ids.lastIndexOf(id))
		complaints.push(`id ${id} occurs twice`);
let level = 0;
for (const head of document.querySelectorAll("main h1, main h2, main h3, main h4")) {
	const now = +head.tagName[1];
	if (now > level + 2 && level)
		complaints.push(`heading ${head.textContent} skips levels`);
	level = now;
}
if (document.documentElement.scrollWidth > innerWidth)
	complaints.push(`the page is ${document.documentElement.scrollWidth} pixels wide, the window ${innerWidth}`);
return complaints;
