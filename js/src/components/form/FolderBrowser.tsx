import { useEffect, useRef } from "preact/hooks";
import type { Listing } from "../../contract";
import type { Browser } from "../../submitter/browsing";
import { usePanel } from "../../submitter/panel";
import { writeBytes } from "../../text/quantities";
import { Alert } from "../parts/Alert";
import { CloseButton } from "../parts/CloseButton";

/** The folders below the notebook's directory, in place; Esc closes it. */
export function FolderBrowser() {
  const panel = usePanel();
  const box = useRef<HTMLDivElement>(null);
  const browser = panel.browser.value;
  const listing = browser?.listing ?? null;

  // The focus goes along with the listing, but is not taken from another place.
  useEffect(() => {
    const first = box.current?.querySelector<HTMLElement>(
      listing ? "[data-first]" : "[data-close]",
    );
    first?.focus({ preventScroll: true });
  }, [listing]);
  if (!browser) return null;

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") panel.closeBrowser();
    else if (!moveFocus(box.current, event)) return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would need a legend in its border
    <div
      ref={box}
      id={panel.id("browser")}
      class="b-browser"
      role="group"
      aria-label="Choose a folder"
      aria-busy={browser.loading}
      onKeyDown={onKeyDown}
    >
      <Head browser={browser} />
      <Alert words={browser.problem} />
      {!listing && browser.loading && <p class="b-hint">Reading…</p>}
      {listing && <Entries listing={listing} />}
      <Foot browser={browser} />
    </div>
  );
}

function Head({ browser: { listing, path } }: { browser: Browser }) {
  const { browse, closeBrowser } = usePanel();
  const up = listing ? listing.parent : path ? "" : null;
  return (
    <div class="b-row b-browser-head">
      <button type="button" disabled={up === null} onClick={() => up !== null && browse(up)}>
        Up
      </button>
      <code class="b-grow b-path" dir="auto">
        {`./${(listing ?? { path }).path}`}
      </code>
      <CloseButton data-close label="Close the folder list" onClick={closeBrowser} />
    </div>
  );
}

function Entries({ listing: { path, folders, files, more } }: { listing: Listing }) {
  const { browse } = usePanel();
  return (
    <ul class="b-entries" aria-label={path ? `In ${path}` : "In the top folder"}>
      {folders.map((folder, place) => (
        <li key={folder.path}>
          <button
            type="button"
            class="b-entry"
            data-entry
            data-first={place === 0 ? true : undefined}
            onClick={() => browse(folder.path)}
          >
            <FolderIcon />
            <bdi>{folder.name}</bdi>
          </button>
        </li>
      ))}
      {files.map(({ name, size }) => (
        <li key={`${name}/`} class="b-file">
          <bdi>{name}</bdi>
          <span>{writeBytes(size)}</span>
        </li>
      ))}
      {folders.length + files.length === 0 && <li class="b-file">This folder is empty</li>}
      {more && <li class="b-file">… and more that is not shown</li>}
    </ul>
  );
}

function Foot({ browser: { listing, loading } }: { browser: Browser }) {
  const { chooseFolder } = usePanel();
  return (
    <div class="b-row b-browser-foot">
      <span class="b-hint b-grow">Files cannot be chosen, only folders</span>
      <button
        type="button"
        data-first={listing && listing.folders.length === 0 ? true : undefined}
        disabled={!listing || loading}
        onClick={() => listing && chooseFolder(listing.path || ".")}
      >
        Choose this folder
      </button>
    </div>
  );
}

/** Arrow keys, Home and End go through the folders; true where the key was one of them. */
function moveFocus(box: HTMLElement | null, event: KeyboardEvent): boolean {
  const entries = [...(box?.querySelectorAll<HTMLElement>("[data-entry]") ?? [])];
  const last = entries.length - 1;
  const at = entries.indexOf(event.target as HTMLElement);
  const places: Record<string, number> = {
    ArrowDown: Math.min(at + 1, last),
    ArrowUp: Math.max(at - 1, 0),
    Home: 0,
    End: last,
  };
  const to = places[event.key];
  if (to === undefined || last < 0) return false;
  entries[to]?.focus();
  return true;
}

function FolderIcon() {
  return (
    <svg aria-hidden="true" width="16" height="16" viewBox="0 0 16 16">
      <path
        fill="currentColor"
        d="M1.5 3.5c0-.6.4-1 1-1h3.6l1.6 1.7h5.8c.6 0 1 .4 1 1v7.3c0 .6-.4 1-1 1h-11c-.6 0-1-.4-1-1z"
      />
    </svg>
  );
}
