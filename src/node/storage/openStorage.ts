/** Opens a node's file with the node's configuration. */
import { configurationOf } from '../../raft/index.ts';
import type { NodeConfiguration } from '../protocol.ts';
import { RaftStorage } from './raftStorage.ts';

/** @throws {LabError} as RaftStorage.open */
export function openStorage(configuration: NodeConfiguration): RaftStorage {
  return RaftStorage.open({
    directory: configuration.directory,
    identity: {
      labId: configuration.labId,
      nodeName: configuration.name,
      nodeId: configuration.id,
      incarnation: configuration.incarnation,
    },
    initialConfiguration: configurationOf(configuration.initialVoters),
    mayCreate: configuration.mayCreateDatabase,
    bytesMax: configuration.databaseBytesMax,
  });
}
