// The part of the address behind #: #/connections/12 opens the connection 12 in the list of connections.

export const address = (...parts) => `#/${parts.map((x) => encodeURIComponent(x)).join("/")}`;

const decoded = (part) => {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // somebody has written it by hand
  }
};

export const parts = (hash) => hash.split("/").slice(1).map(decoded);

/** Changes the address without opening the view again. */
export const setAddress = (...x) => history.replaceState(null, "", address(...x));
