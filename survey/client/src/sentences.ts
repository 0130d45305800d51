/** What a person is told when something does not work: what happened, and what to do. */

import { BrowserLacks } from "./browser.ts";
import { ManifestMismatch } from "./manifest.ts";
import { NoToken } from "./respond.ts";
import { Refused, Unreachable } from "./send.ts";
import { BadSignature } from "./token.ts";

type Sentences = Readonly<Record<string, string>>;

const EN: Sentences = {
  "unknown-round": "There is no such round here. Check the invitation link.",
  "not-found": "There is nothing at this address. Check the invitation link.",
  "not-yet-open": "This round has not opened yet. Come back on the date that stands in its promise.",
  closed: "This round is closed and takes no more answers. Nothing was changed.",
  cancelled: "The society has cancelled this round. Its keys and answers were destroyed.",
  "malformed-code": "A code has 26 letters and digits. Check that none is missing or misread.",
  "wrong-code": "This code is not valid in this round. Check it letter by letter, or ask the society.",
  "revoked-code": "This code was taken back. Ask the society for a new one.",
  "used-code":
    "This code was already used on another device or in another browser. Go on there, or ask the society.",
  "bad-token": "The service does not accept what this device holds for this round. Tell the society.",
  "bad-token-request":
    "The service could not read this request. Load this page again and retry; your code is not spent.",
  "older-revision": "Newer answers of yours are stored, and those were kept. Nothing was changed.",
  "revision-taken": "Other answers of yours arrived at the same time, and those were kept. Send your change again.",
  storage: "The service could not store this, and nothing was changed. Try again in a few minutes.",
  fault: "The service failed. Nothing that it had confirmed is lost. Try again in a few minutes.",
  refused: "The service did not accept this. Load this page again; if it happens again, tell the society.",
  unreachable: "The service does not answer. Check your connection and try again; nothing is lost.",
  unsafe: "This service's address is not encrypted, so nothing was sent there. Tell the society.",
  "not-a-manifest": "What the service gave is not the promise of a round. Stop here and tell the society.",
  "other-round": "The service gave another round than the one you were invited to. Stop here and tell the society.",
  signature: "The promise of this round is not signed as it should be. Stop here and tell the society.",
  form: "The questions do not fit the promise of this round. Stop here and tell the society.",
  differs: "The two services give different promises for this round. Stop here and tell the society.",
  "bad-signature": "The registrar's answer is not valid for this round. Stop here and tell the society.",
  lacks: "This browser is too old for what is needed here. Nothing was sent. Use a newer browser.",
  "no-token": "This device holds no permission to answer in this round. Enter your code again.",
  other: "Something went wrong on this page. Load it again; if it happens again, tell the society.",
};

const ES: Sentences = {
  "unknown-round": "Aquí no existe esta ronda. Revisa el enlace de la invitación.",
  "not-found": "En esta dirección no hay nada. Revisa el enlace de la invitación.",
  "not-yet-open": "Esta ronda aún no se ha abierto. Vuelve en la fecha que figura en su promesa.",
  closed: "Esta ronda está cerrada y no admite más respuestas. No se ha cambiado nada.",
  cancelled: "La sociedad ha anulado esta ronda. Sus claves y respuestas fueron destruidas.",
  "malformed-code": "Un código tiene 26 letras y cifras. Comprueba que no falte ninguna.",
  "wrong-code": "Este código no vale en esta ronda. Revísalo letra por letra o pregunta a la sociedad.",
  "revoked-code": "Este código fue retirado. Pide uno nuevo a la sociedad.",
  "used-code": "Este código ya se usó en otro dispositivo o navegador. Continúa allí o pregunta a la sociedad.",
  "bad-token": "El servicio no acepta lo que este dispositivo guarda para esta ronda. Avisa a la sociedad.",
  "bad-token-request":
    "El servicio no pudo leer esto. Vuelve a cargar la página e inténtalo otra vez; tu código no se ha gastado.",
  "older-revision": "Hay guardadas respuestas tuyas más nuevas, y se han conservado. No se ha cambiado nada.",
  "revision-taken": "Otras respuestas tuyas llegaron a la vez y se conservaron. Envía tu cambio otra vez.",
  storage: "El servicio no pudo guardar esto y no se ha cambiado nada. Inténtalo dentro de unos minutos.",
  fault: "El servicio ha fallado. Nada de lo confirmado se ha perdido. Inténtalo dentro de unos minutos.",
  refused: "El servicio no ha aceptado esto. Vuelve a cargar la página; si se repite, avisa a la sociedad.",
  unreachable: "El servicio no responde. Revisa tu conexión e inténtalo otra vez; no se ha perdido nada.",
  unsafe: "La dirección de este servicio no está cifrada, así que no se envió nada. Avisa a la sociedad.",
  "not-a-manifest": "Lo que dio el servicio no es la promesa de una ronda. Detente aquí y avisa a la sociedad.",
  "other-round": "El servicio dio otra ronda que la de tu invitación. Detente aquí y avisa a la sociedad.",
  signature: "La promesa de esta ronda no está firmada como debe. Detente aquí y avisa a la sociedad.",
  form: "Las preguntas no encajan con la promesa de esta ronda. Detente aquí y avisa a la sociedad.",
  differs: "Los dos servicios dan promesas distintas de esta ronda. Detente aquí y avisa a la sociedad.",
  "bad-signature": "La respuesta del registro no es válida en esta ronda. Detente aquí y avisa a la sociedad.",
  lacks: "Este navegador es demasiado antiguo para esto. No se envió nada. Usa un navegador más nuevo.",
  "no-token": "Este dispositivo no tiene permiso para responder en esta ronda. Introduce tu código otra vez.",
  other: "Algo ha fallado en esta página. Vuelve a cargarla; si se repite, avisa a la sociedad.",
};

/** What a person is told, for every error of this client; in English where we lack the language. */
export function sentenceFor(error: unknown, language = "en"): string {
  const sentences = language === "es" ? ES : EN;
  const name = nameOf(error);
  return (Object.hasOwn(sentences, name) ? sentences[name] : undefined) ?? sentences["refused"] ?? "";
}

function nameOf(error: unknown): string {
  if (error instanceof Refused) return error.problem;
  if (error instanceof Unreachable) return error.unsafe ? "unsafe" : "unreachable";
  if (error instanceof ManifestMismatch) return error.reason;
  if (error instanceof BadSignature) return "bad-signature";
  if (error instanceof BrowserLacks) return "lacks";
  if (error instanceof NoToken) return "no-token";
  return "other";
}
