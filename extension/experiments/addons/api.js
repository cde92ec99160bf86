"use strict";

/* globals ChromeUtils, Ci, ExtensionAPIPersistent, ExtensionCommon, IOUtils, PathUtils, Services */

// The privileged side of add-ons that recipes bring: checks what Firefox itself reads in a package against what
// was promised, and installs it.

// All scripts of an extension's own APIs share one scope: the block keeps our names out of it.
{
  const { AddonManager } = ChromeUtils.importESModule(
    "resource://gre/modules/AddonManager.sys.mjs",
  );
  const { FileUtils } = ChromeUtils.importESModule("resource://gre/modules/FileUtils.sys.mjs");

  /** How Firefox remembers what we installed. What it had found by itself it knows by the file that we took it from. */
  const METHOD = "mulberry";
  const SOURCE = /\/mulberry-%7B[0-9a-f-]{36}%7D\.xpi$/;
  const isOurs = ({ installTelemetryInfo, sourceURI }) =>
    installTelemetryInfo?.method === METHOD || SOURCE.test(sourceURI?.spec ?? "");

  // Details carry no free text: a path or a message could tell who the person is.

  /** The name of AddonManager's constant for an error, for example `ERROR_CORRUPT_FILE`. */
  const constantOf = (code) => AddonManager.errorToString(code) || "unknown";

  const nameOf = (error) => String(error?.name ?? "Error").slice(0, 80);

  /** Why this may not be installed, or null; in Normandy's order, and in its words. */
  async function refusalOf({ state, error, addon }, wanted) {
    // Firefox counts a package that it cannot read, or whose signature it wants, as not downloaded.
    if (state !== AddonManager.STATE_DOWNLOADED)
      return { reason: "download-failure", detail: constantOf(error) };
    if (!wanted.replace && (await AddonManager.getAddonByID(addon.id)))
      return { reason: "conflicting-addon-id" };
    const isAsPromised = addon.id === wanted.addonId && addon.version === wanted.version;
    return isAsPromised ? null : { reason: "metadata-mismatch" };
  }

  /** Resolves with null once the add-on is installed, else with the reason. */
  function finish(install) {
    return new Promise((resolve) => {
      const end = (failure) => {
        install.removeListener(listener);
        resolve(failure);
      };
      const fail = () => end({ reason: "install-failure", detail: constantOf(install.error) });
      const listener = {
        onInstallEnded: () => end(null),
        onInstallFailed: fail,
        onInstallCancelled: fail,
        onInstallPostponed: () => end({ reason: "install-failure", detail: "postponed" }),
      };
      install.addListener(listener);
      // The listener hears of every failure; a rejection that it did not hear of is one as well.
      install.install().catch((error) => end({ reason: "install-failure", detail: nameOf(error) }));
    });
  }

  /** Hands a package to Firefox, by a file that is gone afterwards. */
  async function withPackage(bytes, work) {
    const path = PathUtils.join(PathUtils.tempDir, `mulberry-${Services.uuid.generateUUID()}.xpi`);
    try {
      await IOUtils.write(path, new Uint8Array(bytes));
      const install = await AddonManager.getInstallForFile(
        new FileUtils.File(path),
        "application/x-xpinstall",
        { source: "internal", method: METHOD },
      );
      return await work(install);
    } finally {
      await IOUtils.remove(path, { ignoreAbsent: true });
    }
  }

  async function installBytes(wanted) {
    try {
      return await withPackage(wanted.bytes, async (install) => {
        const refusal = await refusalOf(install, wanted);
        if (refusal === null) return finish(install);
        if (install.state === AddonManager.STATE_DOWNLOADED) install.cancel();
        return refusal;
      });
    } catch (error) {
      return { reason: "install-failure", detail: nameOf(error) };
    }
  }

  /** What Firefox reads in a package that it would install. */
  const identify = (bytes) =>
    withPackage(bytes, (install) => {
      if (install.state !== AddonManager.STATE_DOWNLOADED) return null;
      const { id, version } = install.addon;
      install.cancel();
      return { id, version };
    });

  /** The file of an add-on that Firefox found in the profile and knows nothing else about, or null. */
  function foundFileOf(addon) {
    const method = addon.installTelemetryInfo?.method;
    if (method !== undefined && method !== "sideload") return null;
    const uri = addon.getResourceURI();
    if (!(uri instanceof Ci.nsIJARURI) || !(uri.JARFile instanceof Ci.nsIFileURL)) return null;
    return uri.JARFile.file.path;
  }

  /**
   * Firefox writes down what was installed some time after it did. After a kill it finds our file again and
   * takes it for somebody else's: it is installed anew, so that it is known to be ours.
   */
  async function adopt(id, hashes) {
    const addon = await AddonManager.getAddonByID(id);
    const path = !addon || isOurs(addon) ? null : foundFileOf(addon);
    if (path === null || !hashes.includes(await IOUtils.computeHexDigest(path, "sha256"))) return;
    const bytes = await IOUtils.read(path);
    await installBytes({ bytes, addonId: id, version: addon.version, replace: true });
  }

  this.mulberryAddons = class extends ExtensionAPIPersistent {
    /** Ids that we are removing ourselves. */
    removing = new Set();

    /**
     * Removes what we installed when we are removed or switched off: nobody else would. Which add-ons
     * those are Firefox itself remembers.
     */
    onStartup() {
      const { id } = this.extension;
      const removeAll = async (addon) => {
        if (addon.id !== id) return;
        const all = await AddonManager.getAddonsByTypes(["extension"]);
        await Promise.all(all.filter(isOurs).map((one) => one.uninstall()));
      };
      this.guard = { onUninstalling: removeAll, onDisabling: removeAll };
      AddonManager.addAddonListener(this.guard);
    }

    onShutdown() {
      AddonManager.removeAddonListener(this.guard);
    }

    PERSISTENT_EVENTS = {
      onUninstalled({ fire }) {
        let current = fire;
        const listener = {
          onUninstalled: (addon) => {
            if (!this.removing.has(addon.id)) current.async(addon.id);
          },
        };
        AddonManager.addAddonListener(listener);
        return {
          unregister: () => AddonManager.removeAddonListener(listener),
          convert(newFire) {
            current = newFire;
          },
        };
      },
    };

    getAPI(context) {
      return {
        mulberryAddons: {
          async find(id) {
            const addon = await AddonManager.getAddonByID(id);
            if (!addon) return null;
            const { version, isActive } = addon;
            return { id, version, isActive, isOurs: isOurs(addon) };
          },
          adopt,
          install: installBytes,
          identify,
          uninstall: async (id) => {
            const addon = await AddonManager.getAddonByID(id);
            // What the person put in its place stays.
            if (!addon || !isOurs(addon)) return;
            this.removing.add(id);
            try {
              await addon.uninstall();
            } finally {
              this.removing.delete(id);
            }
          },
          onUninstalled: new ExtensionCommon.EventManager({
            context,
            module: "mulberryAddons",
            event: "onUninstalled",
            extensionApi: this,
          }).api(),
        },
      };
    }
  };
}
