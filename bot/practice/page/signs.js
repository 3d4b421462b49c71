// The signs that a bot writes most, drawn here: not every machine has a font that knows them.

const SVG = "http://www.w3.org/2000/svg";
const GREEN = "#007a5a", RED = "#c01343", AMBER = "#b26a00", BLUE = "#1264a3", GREY = "#5c5b5c";

// Each on a field of 16 by 16: a colour, and lines.
const DRAWN = {
  white_check_mark: [GREEN, "M2 8.5l4 4L14 4"],
  warning: [AMBER, "M8 1.8L1.2 14h13.6zM8 6v4M8 11.8v.6"],
  no_entry: [RED, "M8 1.5a6.5 6.5 0 1 0 .01 0M4.5 8h7"],
  double_vertical_bar: [BLUE, "M5.5 3v10M10.5 3v10"],
  lock: [GREY, "M3 7.5h10v6.5H3zM5 7.5V5a3 3 0 0 1 6 0v2.5"],
  unlock: [GREEN, "M3 7.5h10v6.5H3zM5 7.5V5a3 3 0 0 1 5.8-1"],
  raised_hand: [AMBER, "M8 1.5a6.5 6.5 0 1 0 .01 0M8 4v5M8 11v.6"],
  speech_balloon: [BLUE, "M2 3h12v8H7l-3 3v-3H2zM5 6h6M5 8.5h4"],
  hourglass: [GREY, "M4 2h8M4 14h8M5 2c0 5 6 7 6 12M11 2c0 5-6 7-6 12"],
  repeat: [BLUE, "M3 7V5.5h9.5M10.5 3l2.5 2.5L10.5 8M13 9v1.5H3.5M5.5 13L3 10.5 5.5 8"],
  arrows_counterclockwise: [BLUE, "M13.5 8a5.5 5.5 0 1 1-1.8-4M12.5 1v3.5H9"],
  wastebasket: [GREY, "M3 4.5h10M6 4.5V2.5h4v2M4.5 4.5l.7 9.5h5.6l.7-9.5"],
  alarm_clock: [BLUE, "M8 3.5a5.3 5.3 0 1 0 .01 0M8 6v3l2 1.3M2 4l2-2M14 4l-2-2"],
  calendar: [BLUE, "M2.5 3.5h11v10h-11zM2.5 6.5h11M5.5 2v3M10.5 2v3"],
  mailbox_closed: [GREY, "M1.5 3.5h13v9h-13zM1.5 4.5L8 9.5l6.5-5"],
  rotating_light: [RED, "M4 12V8a4 4 0 0 1 8 0v4M2.5 13.5h11M8 1v1.2M2.5 3.5l1 1M13.5 3.5l-1 1"],
  sunny: [AMBER, "M8 5a3 3 0 1 0 .01 0M8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M3 13l1-1M12 4l1-1"],
  heavy_minus_sign: [GREY, "M3 8h10"],
  zzz: [GREY, "M3 8h4l-4 5h4M9 3h4L9 7h4"],
};

function drawn(name) {
  const [colour, lines] = DRAWN[name];
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  const about = { class: "drawn", viewBox: "0 0 16 16", role: "img", "aria-label": name.replaceAll("_", " ") };
  for (const [key, value] of Object.entries(about)) svg.setAttribute(key, value);
  path.setAttribute("d", lines);
  path.setAttribute("stroke", colour);
  svg.append(path);
  return svg;
}

// A text with its signs as drawings, as nodes; `rest` makes text of what lies between them.
export function withSigns(text, rest) {
  return text.split(/:([a-z0-9_+-]+):/).flatMap((part, i) => {
    if (i % 2 === 0) return part ? [rest(part)] : [];
    return part in DRAWN ? [drawn(part)] : [rest(`:${part}:`)];
  });
}
