import { useEffect, useRef } from "preact/hooks";
import { usePanel } from "../panel";
import { CommandField } from "./CommandField";
import { FolderPicker } from "./FolderPicker";
import { Foot } from "./Foot";
import { Header } from "./Header";
import { LiveRegion } from "./LiveRegion";
import { NumberField } from "./NumberField";
import { OutcomeBand } from "./OutcomeBand";
import { ProjectSelect } from "./ProjectSelect";
import { RecordList } from "./RecordList";
import { SystemSelect } from "./SystemSelect";
import { TextField } from "./TextField";
import { TokenField } from "./TokenField";
import { ToolSelect } from "./ToolSelect";

export function Panel() {
  const panel = usePanel();
  const root = useRef<HTMLElement>(null);
  useEffect(() => {
    panel.focus.attach(root.current);
    return () => panel.focus.attach(null);
  }, [panel]);
  return (
    <section ref={root} class="bspsa" aria-label="Submit a job" onFocusIn={keepKeys}>
      <Header />
      <TokenField />
      <div class="b-grid">
        <SystemSelect />
        <ProjectSelect />
        <FolderPicker />
        <TextField name="title" span={4} />
        <CommandField />
        <ToolSelect />
        <TextField name="init_file" span={6} />
        <NumberField name="node_number" />
        <NumberField name="core_number" />
        <NumberField name="runtime" />
      </div>
      <Foot />
      <OutcomeBand />
      <RecordList />
      <LiveRegion />
    </section>
  );
}

/**
 * On a button or a list, JupyterLab would take letters and Enter as commands to the notebook
 * (it leaves text inputs alone). Lumino's own attribute stops that.
 */
function keepKeys(event: FocusEvent & { currentTarget: HTMLElement }) {
  const target = event.target as HTMLElement;
  const typing = target.matches("input, textarea");
  event.currentTarget.toggleAttribute("data-lm-suppress-shortcuts", !typing);
}
