/** A place to draw in, with a pen that a pointer or the keyboard moves. */
export class DrawingPad {
  readonly #context: CanvasRenderingContext2D;
  #pen = { x: 0.5, y: 0.5 };
  #isDown = false;
  #isShown = false;
  /** The drawing without the mark of the pen. */
  #clean: ImageData | undefined;
  isEmpty = true;

  /** @param draws whether there is a pen; else the pad only shows pictures */
  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly draws: boolean,
    private readonly onChange: () => void,
  ) {
    this.#context = canvas.getContext("2d", { willReadFrequently: true })!;
    this.clear();
    if (!draws) return;
    canvas.addEventListener("pointerdown", (event) => this.#press(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    for (const name of ["pointerup", "pointercancel"] as const) {
      canvas.addEventListener(name, () => {
        this.#isDown = false;
      });
    }
    canvas.addEventListener("keydown", (event) => this.#key(event));
    canvas.addEventListener("blur", () => this.#showPen(false));
  }

  /** The drawing, without the mark of the pen. */
  pixels(): ImageData {
    const { width, height } = this.canvas;
    return this.#isShown && this.#clean
      ? this.#clean
      : this.#context.getImageData(0, 0, width, height);
  }

  clear(): void {
    this.#isShown = false;
    const { width, height } = this.canvas;
    this.#context.clearRect(0, 0, width, height);
    this.#context.fillStyle = "#000";
    if (this.draws) this.#context.fillRect(0, 0, width, height);
    this.isEmpty = true;
  }

  /** Shows a picture in place of a drawing. */
  show(source: CanvasImageSource, width: number, height: number): void {
    this.clear();
    const side = this.canvas.width;
    const scale = side / Math.max(width, height);
    const [w, h] = [width * scale, height * scale];
    this.#context.imageSmoothingEnabled = scale < 1;
    this.#context.drawImage(source, (side - w) / 2, (side - h) / 2, w, h);
    this.#context.imageSmoothingEnabled = true;
  }

  #press(event: PointerEvent): void {
    this.#showPen(false);
    this.canvas.setPointerCapture(event.pointerId);
    this.#isDown = true;
    this.#pen = this.#at(event);
    this.#stroke(this.#pen);
  }

  #move(event: PointerEvent): void {
    if (!this.#isDown) return;
    const events = event.getCoalescedEvents?.() ?? [event];
    for (const each of events.length > 0 ? events : [event]) this.#stroke(this.#at(each));
  }

  #at(event: PointerEvent): { x: number; y: number } {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    return { x: (event.clientX - left) / width, y: (event.clientY - top) / height };
  }

  /** Arrows move the pen, with Space held they draw; Delete clears. */
  #key(event: KeyboardEvent): void {
    if (event.key === "Delete" || event.key === "Backspace") {
      this.clear();
      this.onChange();
      event.preventDefault();
      return;
    }
    if (event.key === " ") {
      this.#isDown = !this.#isDown;
      this.#showPen(false);
      if (this.#isDown) this.#stroke(this.#pen);
      this.#showPen(true);
      event.preventDefault();
      return;
    }
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    this.#showPen(false);
    const within = (value: number) => Math.min(0.97, Math.max(0.03, value));
    const to = { x: within(this.#pen.x + step[0]), y: within(this.#pen.y + step[1]) };
    if (this.#isDown) this.#stroke(to);
    else this.#pen = to;
    this.#showPen(true);
  }

  #stroke(to: { x: number; y: number }): void {
    const { width } = this.canvas;
    const context = this.#context;
    context.strokeStyle = "#fff";
    context.lineWidth = width * 0.075;
    context.lineCap = "round";
    context.lineJoin = "round";
    context.beginPath();
    context.moveTo(this.#pen.x * width, this.#pen.y * width);
    context.lineTo(to.x * width, to.y * width + 0.01);
    context.stroke();
    this.#pen = to;
    this.isEmpty = false;
    this.onChange();
  }

  #showPen(wanted: boolean): void {
    if (wanted === this.#isShown) return;
    const { width, height } = this.canvas;
    if (!wanted) {
      if (this.#clean) this.#context.putImageData(this.#clean, 0, 0);
      this.#isShown = false;
      return;
    }
    this.#clean = this.#context.getImageData(0, 0, width, height);
    this.#context.beginPath();
    this.#context.arc(this.#pen.x * width, this.#pen.y * width, width * 0.0375, 0, 7);
    this.#context.lineWidth = 3;
    this.#context.strokeStyle = this.#isDown ? "#ffb000" : "#5ab8f0";
    this.#context.stroke();
    this.#isShown = true;
  }
}

const stride = 0.03;
const steps: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-stride, 0],
  ArrowRight: [stride, 0],
  ArrowUp: [0, -stride],
  ArrowDown: [0, stride],
};
