// How far this page has read a room. The server keeps the latest messages of a room: with the position of the last one, a join gets those
// that came since. This holds as long as the page shows everything up to that position.
export class Progress {
  position; // of the last message
  complete = false; // whether the page shows everything up to there

  // The params of a join; phoenix asks for them at each attempt.
  params() {
    return this.complete && this.position ? { since: this.position } : {};
  }

  // A message was shown. Its ref is its position, if the server keeps the room's messages.
  read(ref) {
    if (ref?.startsWith("@")) this.position = ref;
  }

  // Takes the answer to a join. Returns whether what was missed follows; otherwise `recent_messages` comes.
  joined(history) {
    if (history?.recovered) return true;
    this.complete = false;
    this.position = history?.position;
    return false;
  }

  fetched() {
    this.complete = true;
  }
}
