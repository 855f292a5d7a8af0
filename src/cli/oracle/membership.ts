/** Runs the membership scripts: one configuration after another, as pure functions. */
import { EMPTY_CONFIGURATION, ConfigurationError } from '../../raft/index.ts';
import {
  enterJoint,
  leaveJoint,
  type Membership,
  membershipOf,
  type NewMember,
  simpleChange,
} from '../../raft/membership.ts';
import { boolean, checkArguments, ScriptError, valueOf } from './arguments.ts';
import type { Case } from './dataDriven.ts';
import { describeConfiguration, describeProgress } from './describe.ts';
import { parseChanges } from './entries.ts';

const LIMITS = { maxMessages: 10, maxBytes: Infinity };

/** A membership that the cases of one file change in turn; the log grows by one entry with each. */
export class MembershipScript {
  #membership: Membership = membershipOf(EMPTY_CONFIGURATION, { lastIndex: 0, limits: LIMITS });
  #lastIndex = 0;

  /** Runs one case. @returns what it prints */
  run(testCase: Case): string {
    try {
      this.#membership = this.#next(testCase, { lastIndex: this.#lastIndex, limits: LIMITS });
    } catch (error) {
      if (error instanceof ConfigurationError || error instanceof RangeError || error instanceof ScriptError) {
        return error.message;
      }
      throw error;
    } finally {
      this.#lastIndex++;
    }
    const { configuration, progress } = this.#membership;
    const members = [...progress.values()].map((member) => member.status());
    return `${describeConfiguration(configuration)}\n${describeProgress(members)}`;
  }

  #next({ command, args, input }: Case, created: NewMember): Membership {
    checkArguments(args, { options: command === 'enter-joint' ? ['autoleave'] : [] });
    const changes = parseChanges(input);
    switch (command) {
      case 'simple':
        return simpleChange(this.#membership, changes, created);
      case 'enter-joint':
        return enterJoint(this.#membership, boolean(valueOf(args, 'autoleave') ?? 'false'), changes, created);
      case 'leave-joint':
        if (changes.length > 0) {
          throw new ScriptError('this command takes no input');
        }
        return leaveJoint(this.#membership);
      default:
        throw new ScriptError('unknown command');
    }
  }
}
