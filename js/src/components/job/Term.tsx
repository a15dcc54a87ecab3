import type { ComponentChildren } from "preact";
import { Moment } from "../parts/Moment";

/** A term of a list, and what it comes to. */
export function Term({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

/** One with a text from outside. */
export function TextTerm({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd dir="auto" class="b-value" title={value}>
        {value}
      </dd>
    </>
  );
}

/** One with a moment, where it is known. */
export function MomentTerm({ name, at }: { name: string; at: string }) {
  return at ? (
    <Term name={name}>
      <Moment at={at} />
    </Term>
  ) : null;
}
