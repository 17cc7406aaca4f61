// The form that applies a fault: target, duration, count, and the boot that makes the symptom visible.
import {el, set} from "./dom.js";
import {model, command, number_of} from "./model.js";

// Where an active fault is, in a few words.
export function target_text(active) {
	return [active.phone, active.port ? `${active.switch ?? ""} ${active.port}`.trim() : ""].filter(Boolean).join(", ") || "the lab";
}

function fits_model(fault, phone) {
	try {
		return !fault.model || new RegExp(fault.model).test(phone.model ?? "");
	} catch {
		return true;
	}
}

function phones_for(fault) {
	return Object.entries(model.board.phones).filter(([, phone]) => fits_model(fault, phone));
}

function phone_text([name, phone]) {
	return [name, number_of(phone), phone.model].filter(Boolean).join(", ");
}

// [value, text] of each target of the fault; a value is the parameters of the request.
function targets_of(fault) {
	const phones = phones_for(fault).map((one) => [{phone: one[0]}, phone_text(one)]);
	if (fault.scope === "phone")
		return [...phones, [{all: 1}, "all phones, a fault for each"]];
	if (fault.scope === "port") {
		const ports = Object.entries(model.board.switches).flatMap(([name, sw]) => Object.entries(sw.ports ?? {})
			.filter(([, port]) => port.link === "up" || port.link === "connected").map(([port]) => [{port: `${name}:${port}`}, `port ${name} ${port}`]));
		return [...phones.map(([value, text]) => [value, "the port of " + text]), ...ports];
	}
	if (fault.scope === "service")
		return [[{}, "the first server of its kind"], ...Object.values(model.board.servers).filter((server) => server.kind !== "router")
			.map((server) => [{service: server.name}, server.name])];
	return [[{}, "the lab"]];
}

function chooser(id, label, choices) {
	const select = el("select", {id}, choices.map(([, text], i) => el("option", {value: i}, text)));
	return {nodes: [el("label", {for: id}, label), select], value: () => choices[select.value]?.[0]};
}

// Which phones boot afterwards: [names, text].
function boots_of(fault) {
	const phones = phones_for(fault);
	const all = phones.length > 1 ? [[phones.map(([name]) => name), `all ${phones.length} phones`]] : [];
	if (fault.boot === "none" && fault.flash !== "erased")
		return [];
	const own = fault.scope === "phone" || fault.scope === "port" ? [["target", "the phone of the target"]] : [];
	return [...own, ...(own.length ? [] : phones.slice(0, 1).map(([name]) => [[name], name])), ...all, [[], "no phone"]];
}

function booted(choice, target) {
	if (choice !== "target")
		return choice ?? [];
	if (target.all)
		return Object.keys(model.board.phones);
	if (target.phone)
		return [target.phone];
	const [name, port] = (target.port ?? "").split(/:(.*)/);
	return Object.entries(model.board.phones).filter(([, phone]) => phone.switch === name && phone.port === port).map(([one]) => one);
}

async function apply(fault, target, options, names, answer) {
	set(answer, `${fault.id} is being applied`);
	const reply = await command("fault/add", {id: fault.id, ...target, ...options});
	if (reply.error || reply.status)
		return reply.error || reply.errors || `exit status ${reply.status}`;
	for (const phone of names) {
		set(answer, `${phone} boots`);
		const boot = await command("fault/boot", {id: fault.id, phone, ...(options.erase ? {erase: 1} : {})});
		if (boot.error || boot.status)
			return `applied; ${phone} does not boot: ${boot.error || boot.errors}`;
	}
	return names.length ? `applied; ${names.length === 1 ? names[0] : names.length + " phones"} booted` : "applied";
}

// The form; applied() is called when a fault was applied.
export function fault_form(fault, applied) {
	const key = (name) => `${name}-${fault.id}`, answer = el("span", {class: "dim", role: "status"});
	const target = chooser(key("target"), "Target", targets_of(fault)), boots = boots_of(fault), boot = boots.length ? chooser(key("boot"), "Then boot", boots) : null;
	const time = el("input", {id: key("for"), size: "8", placeholder: "30s, 5m, 1h", pattern: "[0-9]{1,6}[smh]?", autocomplete: "off"});
	const count = el("input", {id: key("count"), size: "8", placeholder: "all", pattern: "[0-9]{1,9}", inputmode: "numeric", autocomplete: "off"});
	const erase = el("input", {id: key("erase"), type: "checkbox"});
	const form = el("form", {class: "fault-form", async onsubmit(event) {
		event.preventDefault();
		const options = Object.fromEntries(Object.entries({for: time.value, count: count.value, erase: erase.checked ? 1 : ""}).filter(([, value]) => value));
		const button = form.querySelector("button"), chosen = target.value() ?? {};
		button.disabled = true;
		set(answer, await apply(fault, chosen, options, booted(boot?.value(), chosen), answer));
		button.disabled = false;
		applied();
	}}, el("p", {}, target.nodes), el("p", {}, el("label", {for: key("for")}, "For"), time, el("span", {class: "dim"}, "empty: until it is reverted")),
	fault.actions?.includes("wire") ? el("p", {}, el("label", {for: key("count")}, "Frames"), count, el("span", {class: "dim"}, "how many are affected; empty: all")) : null,
	boot ? el("p", {}, boot.nodes) : null,
	boot && fault.flash !== "erased" ? el("p", {}, el("label", {for: key("erase")}, "Erase flash"), erase, el("span", {class: "dim"}, "the phone boots like a new one")) : null,
	el("p", {}, el("button", {type: "submit"}, "Apply"), answer));
	return form;
}
