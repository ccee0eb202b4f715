// Signs two pictures with c2pa-ts, an implementation of C2PA that shares no code with the one used here.
// See README.md for how to run it.
import { createPrivateKey, sign } from 'node:crypto';
import fs from 'node:fs/promises';
import { JPEG, PNG } from '@trustnxt/c2pa-ts/asset';
import { CoseAlgorithmIdentifier } from '@trustnxt/c2pa-ts/cose';
import { ActionAssertion, ActionType, DataHashAssertion, ManifestStore } from '@trustnxt/c2pa-ts/manifest';
import { X509Certificate } from '@peculiar/x509';

const [keyFile, chainFile] = process.argv.slice(2);
const chain = (await fs.readFile(chainFile, 'utf8'))
    .match(/-----BEGIN[^]+?-----END CERTIFICATE-----/g)
    .map(pem => new X509Certificate(pem));
const key = createPrivateKey(await fs.readFile(keyFile, 'utf8'));
// COSE wants r and s side by side; the library's own signer writes them as DER, which others refuse.
const signer = {
    algorithm: CoseAlgorithmIdentifier.ES256,
    certificate: chain[0],
    chainCertificates: chain.slice(1),
    sign: async payload => new Uint8Array(sign('sha256', payload, { key, dsaEncoding: 'ieee-p1363' })),
};

for (const [name, Asset, format] of [['plain.jpg', JPEG, 'image/jpeg'], ['plain.png', PNG, 'image/png']]) {
    const asset = new Asset(await fs.readFile(name));
    const store = new ManifestStore();
    const manifest = store.createManifest({ assetFormat: format, instanceID: `xmp:iid:${crypto.randomUUID()}`, defaultHashAlgorithm: 'SHA-256', signer });
    const hash = DataHashAssertion.create('SHA-256');
    manifest.addAssertion(hash);
    const actions = new ActionAssertion();
    actions.actions.push({ action: ActionType.C2paCreated, digitalSourceType: 'http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia' });
    manifest.addAssertion(actions);
    await asset.ensureManifestSpace(store.measureSize());
    await hash.updateWithAsset(asset);
    await manifest.sign(signer);
    await asset.writeManifestJUMBF(store.getBytes());
    const out = name.replace('plain', 'signed');
    await fs.writeFile(out, await asset.getDataRange());
    console.log(out);
}
