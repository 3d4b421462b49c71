// Blocks as elements. Every interactive one carries data-action-id and data-block-id.

import { el, size, toast } from "./dom.js";
import { confirmed } from "./dialogs.js";
import { mrkdwn, plain, text } from "./mrkdwn.js";

const TEXT_TYPES = {
  plain_text_input: "text", number_input: "text", email_text_input: "email",
  url_text_input: "url", datepicker: "date", timepicker: "time",
};

function ids(block, element) {
  return { "data-action-id": element.action_id, "data-block-id": block.block_id };
}

function stateOf(context, block, element) {
  return context.values?.[block.block_id]?.[element.action_id] ?? {};
}

// What a field shows: what was typed here, else what is stored.
function shown(context, block, element) {
  const typed = context.typed?.(block.block_id, element.action_id);
  if (typed !== undefined) return typed;
  const { type, ...rest } = stateOf(context, block, element);
  const [value] = Object.values(rest);
  if (Array.isArray(value)) return value.map((option) => option.value ?? option);
  return value?.value ?? value ?? "";
}

async function act(context, block, element, value, control) {
  if (element.confirm && !(await confirmed(element.confirm, context.names))) return false;
  control?.setAttribute("aria-busy", "true");
  try {
    await context.act({ what: element.action_id, block_id: block.block_id, value });
  } finally {
    control?.removeAttribute("aria-busy");
  }
  return true;
}

function button(block, element, context) {
  const kind = `button ${element.style ?? ""}`;
  const made = el("button", {
    type: "button", class: kind, ...ids(block, element), "data-value": element.value,
    "aria-label": element.accessibility_label,
  }, plain(element.text.text));
  made.addEventListener("click", () => {
    if (element.url) window.open(element.url, "_blank", "noopener,noreferrer");
    act(context, block, element, element.value, made);
  });
  return made;
}

function closeMenus(but) {
  for (const menu of document.querySelectorAll(".menu:not([hidden])")) {
    if (menu === but) continue;
    menu.hidden = true;
    menu.previousElementSibling?.setAttribute("aria-expanded", "false");
  }
}

document.addEventListener("click", (event) => {
  if (!event.target.closest(".overflow")) closeMenus();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") closeMenus();
});

function menuKeys(event, menu, opener) {
  const choices = [...menu.querySelectorAll("button")];
  const at = choices.indexOf(document.activeElement);
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    event.preventDefault();
    choices[(at + step + choices.length) % choices.length].focus();
  } else if (event.key === "Escape") {
    event.stopPropagation();
    closeMenus();
    opener.focus();
  }
}

// Upwards where there is no room below.
function unfold(menu) {
  menu.classList.remove("up");
  const place = menu.closest(".list, .body")?.getBoundingClientRect();
  menu.classList.toggle("up", Boolean(place) && menu.getBoundingClientRect().bottom > place.bottom);
}

function overflow(block, element, context) {
  const opener = el("button", {
    type: "button", class: "button dots", "aria-haspopup": "menu", "aria-expanded": "false",
    "aria-label": "More actions", ...ids(block, element),
  }, "⋯");
  const choices = element.options.map((option) => el("button", {
    type: "button", role: "menuitem", "data-value": option.value,
    onclick: () => {
      closeMenus();
      act(context, block, element, option.value, opener);
    },
  }, plain(option.text.text), option.description && el("small", {}, plain(option.description.text))));
  const menu = el("div", { class: "menu", role: "menu", hidden: true }, choices);
  menu.addEventListener("keydown", (event) => menuKeys(event, menu, opener));
  opener.addEventListener("click", () => {
    closeMenus(menu);
    menu.hidden = !menu.hidden;
    opener.setAttribute("aria-expanded", String(!menu.hidden));
    if (menu.hidden) return;
    unfold(menu);
    choices[0].focus();
  });
  return el("span", { class: "overflow" }, opener, menu);
}

// Inputs report by themselves only in messages, in sections and actions, or when asked to.
function reports(block) {
  return block.type !== "input" || block.dispatch_action === true;
}

async function changed(context, block, element, value, control) {
  context.type?.(block.block_id, element.action_id, value);
  if (reports(block)) await act(context, block, element, value, control);
}

function optionTags(options, chosen) {
  return options.map((option) =>
    el("option", { value: option.value, selected: option.value === chosen }, plain(option.text.text)));
}

function select(block, element, context) {
  const chosen = shown(context, block, element);
  const groups = (element.option_groups ?? []).map((group) =>
    el("optgroup", { label: plain(group.label.text) }, optionTags(group.options, chosen)));
  // Slack shows the placeholder only as long as nothing is chosen; nobody can choose it.
  const first = el("option", { value: "", disabled: Boolean(chosen) }, plain(element.placeholder?.text ?? "Choose an option"));
  const made = el("select", { ...ids(block, element), "aria-label": context.label ?? element.placeholder?.text },
    first, optionTags(element.options ?? [], chosen), groups);
  made.addEventListener("change", () => changed(context, block, element, made.value, made));
  return made;
}

function namedSelect(kind) {
  return (block, element, context) => {
    const chosen = shown(context, block, element);
    const all = Object.entries(context.names[kind]);
    const tags = all.map(([id, name]) => el("option", { value: id, selected: id === chosen }, name));
    const first = el("option", { value: "" }, plain(element.placeholder?.text ?? "Choose"));
    const made = el("select", ids(block, element), first, tags);
    made.addEventListener("change", () => changed(context, block, element, made.value, made));
    return made;
  };
}

function tickBoxes(type) {
  return (block, element, context) => {
    const chosen = [shown(context, block, element)].flat();
    const all = element.options ?? (element.option_groups ?? []).flatMap((group) => group.options);
    const name = `${context.key}-${block.block_id}-${element.action_id}`;
    const box = el("div", { class: "ticks", role: type === "radio" ? "radiogroup" : "group", ...ids(block, element) });
    const report = () => {
      const ticked = [...box.querySelectorAll("input:checked")].map((input) => input.value);
      changed(context, block, element, type === "radio" ? ticked[0] : ticked, box);
    };
    box.append(...all.map((option) => el("label", { class: "tick" },
      el("input", { type, name, value: option.value, checked: chosen.includes(option.value), onchange: report }),
      el("span", {}, text(option.text, context.names),
        option.description && el("small", {}, text(option.description, context.names))))));
    return box;
  };
}

// What is typed is reported in its order: each report waits for the one before it.
let typing = Promise.resolve();

function field(block, element, context) {
  const value = shown(context, block, element);
  const common = {
    ...ids(block, element), placeholder: plain(element.placeholder?.text ?? ""), value,
    maxlength: element.type === "plain_text_input" ? element.max_length ?? 3000 : undefined,
    autofocus: element.focus_on_load, id: context.fieldId,
    "aria-describedby": context.fieldId && `${context.fieldId}-help`,
  };
  const made = element.multiline
    ? el("textarea", { rows: 3, ...common })
    : el("input", { type: TEXT_TYPES[element.type], ...common });
  const count = element.max_length ? el("small", { class: "count" }) : null;
  const recount = () => count?.replaceChildren(String(element.max_length - made.value.length));
  const told = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  const report = () => {
    const { value: typed } = made;
    typing = typing.catch(() => {}).then(() => act(context, block, element, typed, made));
  };
  made.addEventListener("input", () => {
    context.type?.(block.block_id, element.action_id, made.value);
    recount();
    if (reports(block) && told.includes("on_character_entered")) report();
  });
  if (element.type === "datepicker" || element.type === "timepicker") {
    made.addEventListener("change", () => reports(block) && report());
  } else {
    made.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || element.multiline || !reports(block)) return;
      event.preventDefault();
      if (told.includes("on_enter_pressed")) report();
    });
  }
  recount();
  return el("span", { class: "field" }, made, count);
}

function chosenFile(file, remove) {
  return el("li", { "data-chosen": file.name }, `${file.name} `, el("small", {}, size(file.size)),
    el("button", { type: "button", class: "plain", "aria-label": `Remove ${file.name}`, onclick: remove }, "✕"));
}

function fileInput(block, element, context) {
  let chosen = [shown(context, block, element)].flat().filter(Boolean);
  const list = el("ul", { class: "chosen" });
  const take = (files) => {
    chosen = files;
    context.type(block.block_id, element.action_id, chosen);
    list.replaceChildren(...chosen.map((file) => chosenFile(file, () => take(chosen.filter((one) => one !== file)))));
  };
  const made = el("input", {
    type: "file", ...ids(block, element), id: context.fieldId, multiple: (element.max_files ?? 10) > 1,
    accept: element.filetypes?.map((ending) => `.${ending}`).join(","),
    "aria-describedby": `${context.fieldId}-help`,
  });
  made.addEventListener("change", async () => {
    made.setAttribute("aria-busy", "true");
    try {
      const added = await Promise.all([...made.files].map((file) => context.upload(file)));
      take(made.multiple ? [...chosen, ...added] : added);
    } catch (error) {
      toast(error.message);
    }
    made.value = "";
    made.removeAttribute("aria-busy");
  });
  take(chosen);
  return el("div", { class: "files" }, made, list);
}

function externalSelect(block, element, context) {
  const chosen = stateOf(context, block, element).selected_option;
  const results = el("div", { class: "results" });
  const search = el("input", {
    type: "search", ...ids(block, element), autocomplete: "off",
    placeholder: plain(chosen?.text.text ?? element.placeholder?.text ?? "Search"),
  });
  const choose = (option) => {
    search.value = plain(option.text.text);
    results.replaceChildren();
    changed(context, block, element, option, search);
  };
  const look = async () => {
    const query = search.value;
    if (query.length < (element.min_query_length ?? 3)) return;
    const options = await context.options({ what: element.action_id, query });
    if (search.value !== query) return;
    const found = options.map((option) => el("button", {
      type: "button", "data-value": option.value, onclick: () => choose(option),
    }, plain(option.text.text)));
    results.replaceChildren(...(found.length ? found : [el("small", {}, "No result")]));
  };
  search.addEventListener("input", look);
  search.addEventListener("focus", look);
  return el("div", { class: "external" }, search, results);
}

function picture(element) {
  return el("span", { class: "picture", role: "img", "aria-label": element.alt_text }, "🖼 ", element.alt_text);
}

const ELEMENTS = {
  button, overflow, static_select: select, external_select: externalSelect,
  users_select: namedSelect("users"), channels_select: namedSelect("channels"),
  conversations_select: namedSelect("channels"), checkboxes: tickBoxes("checkbox"),
  multi_static_select: tickBoxes("checkbox"), radio_buttons: tickBoxes("radio"), image: picture,
  plain_text_input: field, number_input: field, email_text_input: field, url_text_input: field,
  datepicker: field, timepicker: field, file_input: fileInput,
};

function element(block, one, context) {
  const make = ELEMENTS[one.type];
  return make ? make(block, one, context) : el("em", { class: "unknown" }, `(${one.type})`);
}

function section(block, context) {
  return el("div", { class: "section" },
    el("div", { class: "words" },
      block.text && el("div", { class: "text" }, text(block.text, context.names)),
      block.fields && el("div", { class: "fields" },
        block.fields.map((one) => el("div", {}, text(one, context.names))))),
    block.accessory && el("div", { class: "accessory" }, element(block, block.accessory, context)));
}

let fields = 0;

function input(block, context) {
  fields += 1;
  const fieldId = `field-${fields}`;
  const problem = context.errors?.[block.block_id];
  const optional = block.optional && el("small", {}, " (optional)");
  const inner = { ...context, fieldId, label: plain(block.label.text) };
  const grouped = ["checkboxes", "radio_buttons", "multi_static_select"].includes(block.element.type);
  const title = grouped
    ? el("div", { class: "label" }, plain(block.label.text), optional)
    : el("label", { class: "label", for: fieldId }, plain(block.label.text), optional);
  return el("div", { class: `input ${problem ? "wrong" : ""}` }, title,
    element(block, block.element, inner),
    el("div", { id: `${fieldId}-help` },
      block.hint && el("small", { class: "hint" }, plain(block.hint.text)),
      problem && el("div", { class: "error", role: "alert" }, problem)));
}

function richText(node, names) {
  if (node.type === "text") return plain(node.text);
  if (node.type === "link") return el("a", { href: node.url, rel: "noopener noreferrer" }, node.text ?? node.url);
  if (node.type === "user") return el("span", { class: "mention" }, `@${names.users[node.user_id] ?? node.user_id}`);
  return el("div", {}, (node.elements ?? []).map((inner) => richText(inner, names)));
}

function table(block, context) {
  const [head, ...rows] = block.rows;
  const align = (i) => `cell ${block.column_settings?.[i]?.align ?? "left"}`;
  const cell = (tag) => (one, i) =>
    el(tag, { class: align(i) }, one.type === "raw_text" ? plain(one.text) : richText(one, context.names));
  return el("div", { class: "scroll" }, el("table", {},
    el("thead", {}, el("tr", {}, head.map(cell("th")))),
    el("tbody", {}, rows.map((row) => el("tr", {}, row.map(cell("td")))))));
}

const BLOCKS = {
  section, input, table,
  header: (block) => el("h3", { class: "header" }, plain(block.text.text)),
  divider: () => el("hr"),
  context: (block, context) => el("div", { class: "context" },
    block.elements.map((one) => el("span", {}, one.type === "image" ? picture(one) : text(one, context.names)))),
  actions: (block, context) => el("div", { class: "actions" },
    block.elements.map((one) => element(block, one, context))),
  image: picture,
  markdown: (block, context) => el("div", { class: "text" }, mrkdwn(block.text, context.names)),
  rich_text: (block, context) => el("div", { class: "text" }, richText(block, context.names)),
};

export function blocks(list, context) {
  return list.map((block) => {
    const make = BLOCKS[block.type];
    const inside = make ? make(block, context) : el("em", { class: "unknown" }, `(${block.type} block)`);
    return el("div", { class: "block", "data-block-id": block.block_id, "data-block-type": block.type }, inside);
  });
}
