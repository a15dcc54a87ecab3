import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { useSurface } from "../../page/surface";

interface Props<T extends string> {
  label: string;
  tabs: readonly { name: T; label: string }[];
  chosen: T;
  onChoose: (name: T) => void;
  children: ComponentChildren;
}

/** Tabs over one panel; the arrow keys go through them, and show what they come to. */
export function Tabs<T extends string>({ children, ...list }: Props<T>) {
  const { id } = useSurface();
  return (
    <>
      <TabList {...list} />
      <div
        id={id("tab-panel")}
        class="b-tab-panel"
        role="tabpanel"
        aria-labelledby={id(`tab-${list.chosen}`)}
      >
        {children}
      </div>
    </>
  );
}

function TabList<T extends string>({ label, tabs, chosen, onChoose }: Omit<Props<T>, "children">) {
  const { id } = useSurface();
  const list = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    const at = tabs.findIndex(({ name }) => name === chosen);
    const to = tabs[placeOf(event.key, at, tabs.length)];
    if (!to) return;
    event.preventDefault();
    event.stopPropagation();
    onChoose(to.name);
    list.current?.querySelector<HTMLElement>(`[data-tab="${to.name}"]`)?.focus();
  };
  return (
    <div ref={list} class="b-tabs" role="tablist" aria-label={label} onKeyDown={onKeyDown}>
      {tabs.map(({ name, label: words }) => (
        <button
          key={name}
          type="button"
          role="tab"
          id={id(`tab-${name}`)}
          data-tab={name}
          aria-selected={name === chosen}
          aria-controls={id("tab-panel")}
          tabIndex={name === chosen ? 0 : -1}
          onClick={() => onChoose(name)}
        >
          {words}
        </button>
      ))}
    </div>
  );
}

/** Where a key leads to from a tab; -1 where it leads nowhere. */
function placeOf(key: string, at: number, count: number): number {
  const places: Record<string, number> = {
    ArrowRight: (at + 1) % count,
    ArrowLeft: (at - 1 + count) % count,
    Home: 0,
    End: count - 1,
  };
  return places[key] ?? -1;
}
