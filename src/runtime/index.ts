/** ONNX Runtime: sessions in threads of their own, state that stays between runs, devices, profiles. */
export { createSession } from './session.js';
export { availableDevices, devices, probeDevice, resolveDevice, type DeviceReport, type ProbeOptions } from './devices.js';
export { profileSession, type OperatorTime, type ProfileOptions } from './profile.js';
export { Trainer, type Scalars, type Snapshot, type TrainerOptions } from './trainer.js';
export type { Device, SessionRunOptions, Session, SessionOptions, TensorRecord } from './types.js';
