import type { Notices } from "../../page/notification";

export function NoticeToggle({ notices, label }: { notices: Notices; label: string }) {
  return (
    <div class="b-notices">
      <label class="b-check">
        <input
          type="checkbox"
          checked={notices.isOn.value}
          onChange={async (event) => {
            const box = event.currentTarget;
            await notices.turn(box.checked);
            box.checked = notices.isOn.value; // a no leaves the signal as it was
          }}
        />
        {label}
      </label>
      {notices.problem.value && (
        <p class="b-warning" role="alert">
          △ {notices.problem.value}
        </p>
      )}
    </div>
  );
}
