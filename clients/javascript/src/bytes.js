const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** The text of bytes in UTF-8; throws a TypeError where they are something else. */
export const textOf = (bytes) => decoder.decode(bytes);

/** The bytes of a text in UTF-8. */
export const bytesOf = (text) => encoder.encode(text);

/** Pieces of bytes one after the other. */
export function joined(...pieces) {
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let end = 0;
  for (const piece of pieces) {
    all.set(piece, end);
    end += piece.length;
  }
  return all;
}

/** The SHA-256 of pieces of bytes, 32 bytes. Browsers compute it on pages of https and of the own machine alone. */
export async function sha256(...pieces) {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', joined(...pieces)));
}

/** Bytes in hexadecimal. */
export const hexadecimal = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** Bytes in base64. */
export const base64Of = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));

/** The bytes of a text in base64 in its one form: padded, the bits that are left over zero; null where it is none. */
export function fromBase64(text) {
  try {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    return base64Of(bytes) === text ? bytes : null;
  } catch {
    return null;
  }
}

/** How texts are ordered by their bytes in UTF-8. */
export function byBytes(left, right) {
  const [a, b] = [bytesOf(left), bytesOf(right)];
  const place = a.findIndex((byte, index) => byte !== b[index]);
  return place < 0 ? a.length - b.length : a[place] - (b[place] ?? -1);
}
