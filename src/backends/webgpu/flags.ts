// The bits of GPUBufferUsage, GPUShaderStage and GPUMapMode as numbers, floor 4: node has WebGPU without
// these globals.

export const MAP_READ = 0x1;
export const COPY_SRC = 0x4;
export const COPY_DST = 0x8;
export const UNIFORM = 0x40;
export const STORAGE = 0x80;

/** GPUShaderStage.COMPUTE */
export const COMPUTE = 0x4;
/** GPUMapMode.READ */
export const READ = 0x1;
