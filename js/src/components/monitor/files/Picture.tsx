/** Formats that can hold nothing but a picture. */
const KNOWN = ["image/png", "image/jpeg", "image/gif", "image/webp"];
const BASE64 = /^[A-Za-z0-9+/\s]*={0,2}\s*$/;

/** A picture from data that Python has looked through; anything else is not shown. */
export function Picture({ name, mime, data }: { name: string; mime: string; data: string }) {
  if (!KNOWN.includes(mime) || !data || !BASE64.test(data))
    return <p class="b-hint">This picture cannot be shown here.</p>;
  return <img class="b-picture" alt={name} src={`data:${mime};base64,${data}`} />;
}
