// Validates files with c2pa-ts: `node check.mjs FILE…`. See README.md.
import fs from 'node:fs/promises';
import { JPEG, PNG, BMFF } from '@trustnxt/c2pa-ts/asset';
import { SuperBox } from '@trustnxt/c2pa-ts/jumbf';
import { ManifestStore } from '@trustnxt/c2pa-ts/manifest';
for (const f of process.argv.slice(2)) {
  const buf = await fs.readFile(f);
  const asset = JPEG.canRead(buf) ? new JPEG(buf) : PNG.canRead(buf) ? new PNG(buf) : new BMFF(buf);
  try {
    const r = await ManifestStore.read(SuperBox.fromBuffer(asset.getManifestJUMBF())).validate(asset);
    console.log(f, r.isValid, JSON.stringify(r.statusEntries?.filter(e => !e.success)));
  } catch (e) { console.log(f, 'threw', e.message) }
}
