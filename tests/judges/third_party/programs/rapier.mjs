// @ts-check
export const packages = ['@dimforge/rapier3d-compat'];
export const does = 'steps of 2,000 balls without end';

/** @param {import('../program.mjs').Access} access */
export async function open({ use }) {
  const { default: rapier } = await use('@dimforge/rapier3d-compat');
  await rapier.init();
  const scene = (/** @type {number} */ balls) => {
    const world = new rapier.World({ x: 0, y: -9.81, z: 0 });
    world.createCollider(rapier.ColliderDesc.cuboid(50, 0.1, 50));
    const bodies = Array.from({ length: balls }, (_, i) => {
      const body = world.createRigidBody(
        rapier.RigidBodyDesc.dynamic().setTranslation((i % 9) * 0.9, 1 + i * 0.2, (i % 7) * 0.9),
      );
      world.createCollider(rapier.ColliderDesc.ball(0.5), body);
      return body;
    });
    return { bodies, world };
  };
  return {
    smoke() {
      const { bodies, world } = scene(5);
      for (let i = 0; i < 60; i++) world.step();
      const positions = bodies.map((body) => body.translation());
      world.free();
      return positions;
    },
    long() {
      const { world } = scene(2000);
      for (;;) world.step();
    },
  };
}
