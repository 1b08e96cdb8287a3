// Options from JSON and credentials to JSON (WebAuthn Level 3, 5.1.8 to 5.1.10), with a conversion
// of our own for browsers that lack the standard one.

/** PublicKeyCredential…OptionsJSON as what navigator.credentials takes. */
export function creationOptions(json) {
  if (window.PublicKeyCredential?.parseCreationOptionsFromJSON) {
    return PublicKeyCredential.parseCreationOptionsFromJSON(json);
  }
  return {
    ...json,
    challenge: bytes(json.challenge),
    user: { ...json.user, id: bytes(json.user.id) },
    excludeCredentials: (json.excludeCredentials ?? []).map(withBytes),
  };
}

export function requestOptions(json) {
  if (window.PublicKeyCredential?.parseRequestOptionsFromJSON) {
    return PublicKeyCredential.parseRequestOptionsFromJSON(json);
  }
  return {
    ...json,
    challenge: bytes(json.challenge),
    allowCredentials: (json.allowCredentials ?? []).map(withBytes),
  };
}

/** What PublicKeyCredential.toJSON() gives, also where it is missing or a password manager broke it. */
export function credentialJson(credential) {
  try {
    return credential.toJSON();
  } catch {
    return {
      id: credential.id,
      rawId: text(credential.rawId),
      type: credential.type,
      authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
      clientExtensionResults: credential.getClientExtensionResults(),
      response: responseJson(credential.response),
    };
  }
}

function responseJson(response) {
  const json = { clientDataJSON: text(response.clientDataJSON) };
  if (response.attestationObject) {
    json.attestationObject = text(response.attestationObject);
    json.transports = response.getTransports?.() ?? [];
    return json;
  }
  json.authenticatorData = text(response.authenticatorData);
  json.signature = text(response.signature);
  if (response.userHandle) json.userHandle = text(response.userHandle);
  return json;
}

function withBytes(descriptor) {
  return { ...descriptor, id: bytes(descriptor.id) };
}

function bytes(base64url) {
  const binary = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

function text(buffer) {
  const binary = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
