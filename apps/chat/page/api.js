// The chat's HTTP API. Each call resolves to {status, data}; status 0 means that the server was not reached.

async function call(method, path, body, token) {
  const headers = {};
  if (body) headers["Content-Type"] = "application/json";
  if (token) headers["Authorization"] = `Bearer ${token}`;
  try {
    const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
    const data = await answer.json().catch(() => ({}));
    return { status: answer.status, data };
  } catch {
    return { status: 0, data: {} };
  }
}

export const signUp = (name, password) => call("POST", "/api/users", { name, password });
export const signIn = (name, password) => call("POST", "/api/sessions", { name, password });
export const renewToken = (token) => call("POST", "/api/tokens", null, token);
export const listRooms = (token, after = "") => call("GET", `/api/rooms${after && `?after=${after}`}`, null, token);
export const addRoom = (token, room) => call("POST", "/api/rooms", room, token);

// The meaning of an answer, in words for people.
export function explain({ status, data }) {
  if (status === 0) return "The server cannot be reached. Is it running?";
  if (status === 401) return "Wrong name or password.";
  if (status === 429) return data.error ? `${data.error[0].toUpperCase()}${data.error.slice(1)}.` : "Too many attempts. Try again in a minute.";
  if (status === 503) return "The server is busy or its database is away. Try again.";
  return data.error ?? `Something went wrong (${status}).`;
}
