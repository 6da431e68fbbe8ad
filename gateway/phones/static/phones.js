/* Shows every phone as a thread, and sends what is typed. The server says what changed, as soon as it does. */
"use strict";

const RETRY_MS = 1000;
const byId = (id) => document.getElementById(id);
const clock = new Intl.DateTimeFormat([], { hour: "numeric", minute: "2-digit" });
const languages = new Intl.DisplayNames(["en"], { type: "language" });

/* What is said under a bubble: status -> [words, is it good or bad]. */
const FATES = {
  accepted: ["Sending", ""],
  queued: ["Sending", ""],
  sending: ["Sending", ""],
  sent: ["✓ Sent", ""],
  delivered: ["✓✓ Delivered", "good"],
  undelivered: ["Not delivered", "bad"],
  failed: ["Not sent", "bad"],
  canceled: ["Canceled", "bad"],
};

let known = { epoch: "", revision: 0, line: "" };
const phones = new Map(); // number -> { section, thread, texts: Map of sid -> { element, order } }

function pretty(number) {
  const us = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(number);
  return us ? `(${us[1]}) ${us[2]}-${us[3]}` : number;
}

function phoneFor(number) {
  if (phones.has(number)) return phones.get(number);
  const section = byId("phone").content.firstElementChild.cloneNode(true);
  const thread = section.querySelector(".thread");
  section.querySelector(".composer").addEventListener("submit", (event) => {
    event.preventDefault();
    send(number, event.target.elements.body);
  });
  byId("phones").append(section);
  const phone = { section, thread, texts: new Map() };
  phones.set(number, phone);
  name(phone, { number, label: "", language: "" });
  return phone;
}

function name(phone, { number, label, language }) {
  const title = label || "Unknown person";
  phone.section.querySelector(".owner h2").textContent = title;
  phone.section.querySelector(".number").textContent = pretty(number);
  phone.section.querySelector(".partner bdi").textContent = pretty(known.line);
  phone.section.setAttribute("aria-label", `${title}, ${number}`);
  phone.thread.setAttribute("aria-label", `Texts of ${title}`);
  phone.section.querySelector("input").setAttribute("aria-label", `Text message from ${title}`);
  const chip = phone.section.querySelector(".language");
  chip.hidden = !language;
  if (language) {
    chip.textContent = languages.of(language);
    phone.section.querySelector(".device").lang = language;
    phone.section.querySelector(".partner").lang = "en";
  }
}

/* The body as text, with what looks like a link as a link; never as markup. */
function fill(bubble, body) {
  const parts = body.split(/(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)])/);
  bubble.replaceChildren(
    ...parts.map((part, index) => {
      if (index % 2 === 0) return part;
      const link = document.createElement("a");
      Object.assign(link, { href: part, textContent: part, target: "_blank", rel: "noreferrer" });
      return link;
    }),
  );
}

function fateOf(message) {
  if (message.mine) {
    if (message.taken === null) return ["Sending", ""];
    return message.taken ? ["✓ Received", "good"] : ["Not received", "bad"];
  }
  const [words, kind] = FATES[message.status] || [message.status, ""];
  return [message.code ? `${words} (${message.code})` : words, kind];
}

function show(message, fresh) {
  const phone = phoneFor(message.phone);
  const atEnd = phone.thread.scrollHeight - phone.thread.scrollTop - phone.thread.clientHeight < 60;
  let text = phone.texts.get(message.sid);
  if (!text) {
    const element = byId("text").content.firstElementChild.cloneNode(true);
    element.classList.toggle("mine", message.mine);
    element.classList.toggle("fresh", fresh);
    text = { element, order: message.order };
    const later = [...phone.texts.values()].filter((other) => other.order > message.order);
    const next = later.sort((a, b) => a.order - b.order)[0];
    phone.thread.insertBefore(element, next ? next.element : null);
    phone.texts.set(message.sid, text);
    fill(element.querySelector(".bubble"), message.body);
    const when = new Date(message.at * 1000);
    element.querySelector("time").textContent = clock.format(when);
    element.querySelector("time").dateTime = when.toISOString();
    const segments = `${message.segments} segment${message.segments === 1 ? "" : "s"}`;
    element.querySelector(".segments").textContent = segments;
  }
  const [words, kind] = fateOf(message);
  const fate = text.element.querySelector(".fate");
  fate.textContent = words;
  fate.className = `fate ${kind}`;
  text.element.classList.toggle("failed", kind === "bad");
  if (atEnd || message.mine) phone.thread.scrollTop = phone.thread.scrollHeight;
}

async function ask(path, body) {
  const options = body && {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  };
  const answer = await fetch(path, options);
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.error);
  return said;
}

async function send(number, input) {
  const body = input.value.trim();
  if (!body) return;
  input.value = "";
  try {
    await ask("/control/texts", { from: number, to: known.line, body });
  } catch (error) {
    input.value = body;
    byId("state").textContent = `Not sent: ${error.message}`;
  }
}

async function follow() {
  for (;;) {
    try {
      const fresh = known.epoch !== "";
      const news = await ask(`/changes?epoch=${known.epoch}&since=${known.revision}`);
      if (news.epoch !== known.epoch) {
        phones.clear();
        byId("phones").replaceChildren();
      }
      known = news;
      for (const phone of news.phones) name(phoneFor(phone.number), phone);
      for (const message of news.messages.sort((a, b) => a.order - b.order)) show(message, fresh);
      byId("empty").hidden = phones.size > 0;
      byId("state").textContent = "";
    } catch (error) {
      byId("state").textContent = "The carrier does not answer.";
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

/* A number of those set aside for fiction that no phone has yet. */
function freeNumber() {
  for (let last = 120; ; last += 1) {
    const number = `+1520555${String(last).padStart(4, "0")}`;
    if (!phones.has(number) && number !== known.line) return number;
  }
}

byId("new").addEventListener("click", () => {
  const form = byId("add").querySelector("form");
  form.reset();
  form.elements.number.value = freeNumber();
  byId("add").showModal();
  form.elements.label.focus();
});

byId("add").querySelector("[value=cancel]").addEventListener("click", () => byId("add").close());

byId("add").querySelector("form").addEventListener("submit", (event) => {
  const { number, label, language } = Object.fromEntries(new FormData(event.target));
  ask("/control/phones", { number, label, language }).then(
    () => phones.get(number)?.section.querySelector("input").focus(),
    (error) => { byId("state").textContent = `Not added: ${error.message}`; },
  );
});

follow();
