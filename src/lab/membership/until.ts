/** Waiting for what the keeper of the membership sees. */
import type { MembershipKeeper } from '../../membership/membershipKeeper.ts';

/** Waits until a condition holds after a check, at most `limitMs`. @returns whether it holds */
export function until(keeper: MembershipKeeper, holds: () => boolean, limitMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    keeper.until(holds, limitMs, resolve);
  });
}
