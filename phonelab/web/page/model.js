// The board of the lab (phonelab/web/shape.h), kept by server-sent events, and requests to the server.

export const STEPS = ["power", "boot", "voice-vlan", "dhcp", "ctl", "itl", "config", "firmware", "dial-rules",
	"cm-connect", "register", "locale", "softkeys", "ringtones"];

// The order in which phones are listed: what needs attention comes first.
export const STANDINGS = ["failed", "partly", "busy", "dark", "word", "registered"];
export const STANDING_TEXT = {failed: "failed", partly: "partly registered", busy: "in progress", dark: "no power",
	word: "registered by its own word", registered: "registered"};

export const model = {board: null, events: [], link: "connecting", trouble: ""};

let source = null, watched = null, listener = () => {}, reconnect = 0;

// JSON merge patch, RFC 7386.
function merge(target, patch) {
	for (const [key, value] of Object.entries(patch)) {
		if (value === null)
			delete target[key];
		else if (typeof value === "object" && !Array.isArray(value))
			target[key] = merge(typeof target[key] === "object" && !Array.isArray(target[key])
				&& target[key] !== null ? target[key] : {}, value);
		else
			target[key] = value;
	}
	return target;
}

function tell(what, data) {
	listener(what, data);
}

function set_link(link) {
	model.link = link;
	tell("link");
}

// Follow the lab, and the events of one phone (or none, ""). notify(what, data): "board", "patch", "events", "link".
export function follow(phone, notify) {
	if (notify)
		listener = notify;
	if (source && watched === phone)
		return;
	watched = phone;
	if (source)
		source.close();
	clearTimeout(reconnect);
	model.events = [];
	open_stream(phone);
}

function open_stream(phone) {
	const stream = new EventSource("events" + (phone ? "?phone=" + phone : ""));
	source = stream;
	stream.addEventListener("board", (event) => {
		model.board = JSON.parse(event.data);
		model.events = [];
		model.trouble = "";
		set_link("live");
		tell("board");
	});
	stream.addEventListener("patch", (event) => {
		const patch = JSON.parse(event.data);
		merge(model.board, patch);
		if (model.trouble) {
			model.trouble = "";
			set_link("live");
		}
		tell("patch", patch);
	});
	stream.addEventListener("events", (event) => {
		const events = JSON.parse(event.data);
		model.events = model.events.concat(events).slice(-1200);
		tell("events", events);
	});
	stream.addEventListener("trouble", (event) => {
		model.trouble = JSON.parse(event.data);
		set_link("trouble");
	});
	stream.addEventListener("end", () => {
		stream.close();
		set_link("ended");
	});
	stream.onerror = () => {
		if (model.link !== "ended")
			set_link("lost");
		// A refused request is final for the browser; a lost one is tried again by it.
		if (stream.readyState === EventSource.CLOSED && model.link !== "ended")
			reconnect = setTimeout(() => source === stream && open_stream(phone), 3000);
	};
}

// A page that nobody sees follows nothing: a browser opens only six connections to one server.
let rest = 0;
document.addEventListener("visibilitychange", () => {
	clearTimeout(rest);
	if (document.hidden)
		rest = setTimeout(() => {
			source?.close();
			source = null;
		}, 5000);
	else if (!source && watched !== null && model.link !== "ended")
		open_stream(watched);
});

const secret = document.querySelector("meta[name=secret]").content;

// May this page change the lab?
export const may_change = secret !== "";

// A request; an object, which has `error` if it failed. body: text, only with post.
export async function ask(path, parameters, post, body) {
	try {
		const query = new URLSearchParams(parameters ?? {}).toString();
		const reply = await fetch(path + (query ? "?" + query : ""),
			post ? {method: "POST", headers: {"X-Phonelab-Secret": secret}, body} : {});
		return await reply.json();
	} catch {
		return {error: "phonelab web does not answer"};
	}
}

// A command of phonelab: {status, errors, result}, or {error}.
export function command(name, parameters) {
	return ask(name, parameters, true);
}

// The number of the first step of a phone that is neither done nor skipped; 0: there is none.
export function open_step(phone) {
	for (let n = 1; n <= STEPS.length; n++) {
		const state = phone.steps?.[n]?.[0];
		if (state !== "done" && state !== "skipped")
			return n;
	}
	return 0;
}

// The step to name: a failed one, else the first open one. 0: there is none.
export function broken_step(phone) {
	for (let n = 1; n <= STEPS.length; n++)
		if (phone.steps?.[n]?.[0] === "failed")
			return n;
	return open_step(phone);
}

// One sentence: where the phone stands.
export function where(phone) {
	const n = broken_step(phone);
	if (!n)
		return phone.registered_with ? "with " + phone.registered_with : "";
	const [state, , detail] = phone.steps[n] ?? ["pending", null, ""];
	if (phone.standing === "dark" && state === "pending")
		return phone.port ? "not powered by " + phone.switch + " " + phone.port : "not plugged in";
	return n + " " + STEPS[n - 1] + " " + state + (detail ? ": " + detail : "");
}

export function number_of(phone) {
	return phone.registered_lines?.join(", ") || phone.directory_number || phone.lines?.join(", ") || "";
}
