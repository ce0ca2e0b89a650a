// Raised when bytes are sound but speak of something this build does not know: a newer version,
// kind or field. It stops apply (SAFETY 10); it is never skipped, and never confused with damage
// (`MalformedBytes` of base).

export class UnknownFormat extends Error {
  override readonly name = 'UnknownFormat';
}
