import type { ComponentChildren } from "preact";

interface Props {
  tone: "ok" | "warn" | "err" | "off";
  icon: string;
  /** Said aloud as it comes: "alert" at once. */
  role?: "alert" | "status";
  children: ComponentChildren;
}

/** A coloured band with an icon and what there is to say. */
export function Band({ tone, icon, role, children }: Props) {
  return (
    <div class={`b-note b-${tone}`} role={role}>
      <span class="b-icon" aria-hidden="true">
        {icon}
      </span>
      <div class="b-grow b-said">{children}</div>
    </div>
  );
}
