// The simulator's control API (same origin): what a person does on a phone, the clock, the faults.

/** A refused call. `code` and `details` come from Meta's error envelope where there is one. */
class ApiError extends Error {
  constructor(message, { code = 0, details = "", status = 0 } = {}) {
    super(message);
    this.name = "ApiError";
    this.code = code;
    this.details = details;
    this.status = status;
  }
}

async function call(method, path, body) {
  let response;
  try {
    response = await fetch(`/_sim/${path}`, {
      method,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new ApiError("The simulator cannot be reached.");
  }
  const text = await response.text();
  let data = {};
  try { data = text ? JSON.parse(text) : {}; } catch { data = {}; }
  if (!response.ok) throw envelope(data, response.status);
  return data;
}

function envelope(data, status) {
  const error = data.error ?? {};
  const extra = typeof error.error_data === "string" ? error.error_data : error.error_data?.details ?? "";
  const message = (typeof error === "string" ? error : error.message) || data.detail || `The simulator answered ${status}.`;
  return new ApiError(message, { code: error.code ?? 0, details: extra, status });
}

const person = (waId, rest = "") => `people/${encodeURIComponent(waId)}${rest}`;
const query = (params) => {
  const q = new URLSearchParams(Object.entries(params).filter(([, v]) => v));
  return q.size ? `?${q}` : "";
};

export const sim = {
  info: () => call("GET", "info"),
  savePerson: (fields) => call("POST", "people", fields),
  send: (waId, message) => call("POST", person(waId, "/messages"), message),
  tap: (waId, messageId, optionId) => call("POST", person(waId, "/tap"), { message_id: messageId, option_id: optionId }),
  read: (waId, numberId) => call("POST", person(waId, "/read"), { phone_number_id: numberId }),
  thread: (waId, numberId, after) => call("GET", person(waId, `/thread${query({ phone_number_id: numberId, after })}`)),
  clock: () => call("GET", "clock"),
  advance: (duration) => call("POST", "clock", { advance: duration }),
  faults: () => call("GET", "faults"),
  saveFaults: (faults) => call("PUT", "faults", faults),
  mediaURL: (id) => `/_sim/media/${encodeURIComponent(id)}`,
};

const RETRY_MS = 2000;

/**
 * Listen to what happens between a person and a number, without that counting as reading it: the page
 * says what was read, since it knows what is on the screen. handlers: message(m), status(s), typing(t), open(),
 * down(). open() runs on every (re)connection, where the caller fetches what it missed. Returns a
 * function that stops listening.
 */
export function listen(waId, numberId, handlers) {
  let source = null;
  let timer = 0;
  let stopped = false;

  const connect = () => {
    if (stopped) return;
    source = new EventSource(`/_sim/${person(waId, `/events${query({ phone_number_id: numberId, open: "0" })}`)}`);
    source.onopen = () => handlers.open?.();
    source.onerror = () => {
      handlers.down?.();
      // The browser retries a dropped connection itself, but gives up after an HTTP error.
      if (source.readyState === EventSource.CLOSED) timer = setTimeout(connect, RETRY_MS);
    };
    for (const name of ["message", "status", "typing"]) {
      source.addEventListener(name, (event) => {
        let data;
        try { data = JSON.parse(event.data); } catch { return; }
        handlers[name]?.(data);
      });
    }
  };
  connect();
  return () => {
    stopped = true;
    clearTimeout(timer);
    source?.close();
  };
}

/** A file as base64 without the data: prefix, as the messages endpoint takes media. */
export function readBase64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).replace(/^data:[^,]*,/, ""));
    reader.onerror = () => reject(new ApiError("That file could not be read."));
    reader.readAsDataURL(file);
  });
}
