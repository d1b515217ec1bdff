/** The door for a face: consent first, then one photo from a file or the camera, shown with what was found. */

import { h, percent } from "../dom.js";
import { STRINGS } from "../strings.js";

const JPEG_QUALITY = 0.9;

export class FaceDoor {
  constructor(panel, form) {
    Object.assign(this, { panel, form });
    this.video = form.querySelector("video");
    this.figure = form.querySelector("figure");
    const consent = form.elements.consent;
    consent.addEventListener("change", () => this.allow(consent.checked));
    form.elements.image.addEventListener(
      "change",
      ({ target }) => target.files[0] && this.read(target.files[0]),
    );
    const doing = { camera: () => this.look(), snap: () => this.snap(), stop: () => this.stop() };
    for (const [name, act] of Object.entries(doing))
      form.querySelector(`[data-do=${name}]`).addEventListener("click", act);
    form.addEventListener("submit", (event) => event.preventDefault());
    this.allow(false);
  }

  allow(allowed) {
    this.form.querySelector(".after-consent").disabled = !allowed;
    this.chosen(allowed ? "" : STRINGS.consentFirst);
    if (allowed) return;
    this.stop();
    this.form.elements.consent.checked = false;
    this.form.elements.image.value = "";
    this.figure.hidden = true;
  }

  chosen(words) {
    this.form.querySelector("[data-is=chosen]").textContent = words;
  }

  async look() {
    if (!navigator.mediaDevices) return this.chosen(STRINGS.noCamera);
    try {
      this.video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "user" } });
      this.form.querySelector(".camera").hidden = false;
      await this.video.play();
    } catch (error) {
      this.stop();
      this.chosen(error.name === "NotAllowedError" ? STRINGS.cameraRefused : STRINGS.noCamera);
    }
  }

  stop() {
    for (const track of this.video.srcObject?.getTracks() ?? []) track.stop();
    this.video.srcObject = null;
    this.form.querySelector(".camera").hidden = true;
  }

  async snap() {
    const { videoWidth: width, videoHeight: height } = this.video;
    const canvas = h("canvas", { width, height });
    canvas.getContext("2d").drawImage(this.video, 0, 0);
    this.stop();
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", JPEG_QUALITY));
    await this.read(new File([blob], "camera.jpg", { type: "image/jpeg" }));
  }

  /** Send one photo, with the consent that was given, and draw the answer over it. */
  read(file) {
    this.chosen(STRINGS.chosen(file.name));
    const form = new FormData();
    form.append("image", file);
    form.append("consent", String(this.form.elements.consent.checked));
    return this.panel.attempt(async () => {
      this.figure.hidden = true;
      const reading = await this.panel.call("POST", "/detect/emotion", { form });
      await this.draw(file, reading.faces);
      if (reading.primary_mood) this.panel.show(reading);
      this.form.elements.image.value = "";
    });
  }

  async draw(file, faces) {
    const image = await createImageBitmap(file);
    const canvas = this.figure.querySelector("canvas");
    Object.assign(canvas, { width: image.width, height: image.height });
    const pen = canvas.getContext("2d");
    pen.drawImage(image, 0, 0);
    image.close();
    faces.forEach((face, index) => frame(pen, face.box, index + 1, canvas.width));
    const lines = faces.map((face, index) =>
      STRINGS.face(index + 1, face.primary_mood, percent(face.emotions[face.primary_mood] ?? face.confidence)),
    );
    this.figure.querySelector("figcaption").textContent = [
      faces.length ? STRINGS.faces(faces.length) : STRINGS.noFace,
      ...lines,
    ].join(" ");
    this.figure.hidden = false;
  }
}

function frame(pen, [x, y, width, height], number, whole) {
  const stroke = Math.max(2, whole / 200);
  pen.lineJoin = "round";
  for (const [colour, wide] of [
    ["#000a", stroke * 2],
    ["#fff", stroke],
  ]) {
    pen.strokeStyle = colour;
    pen.lineWidth = wide;
    pen.strokeRect(x, y, width, height);
  }
  pen.font = `600 ${stroke * 8}px system-ui`;
  pen.lineWidth = stroke;
  pen.strokeStyle = "#000a";
  pen.fillStyle = "#fff";
  pen.strokeText(number, x + stroke * 2, y + stroke * 9);
  pen.fillText(number, x + stroke * 2, y + stroke * 9);
}
