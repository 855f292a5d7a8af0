/** The picture that can be exported: the view that stands on the stage offers it. */
import { defineStore } from 'pinia';
import { onScopeDispose, shallowRef } from 'vue';
import { SvgPen } from '../../history/pictures/svgPen.ts';
import type { Pen, PictureColours } from '../../history/pictures/pen.ts';
import type { PictureFormat } from '../../contract/pictures.ts';
import { CanvasPen, pictureColours } from '../spaceTime/canvasPen.ts';
import { useActions } from '../stores/actions.ts';
import { useToastStore } from '../stores/toasts.ts';

/** A drawing of a size, made when it is asked for. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly draw: (pen: Pen, colours: PictureColours) => void;
}

export interface PictureOffer {
  /** As a file's name. */
  readonly name: string;
  readonly drawing: () => Drawing;
}

/** A PNG is for slides: twice as fine as the screen. */
const PNG_RATIO = 2;

export const usePictureStore = defineStore('pictures', () => {
  const actions = useActions();
  const toasts = useToastStore();
  const offer = shallowRef<PictureOffer | null>(null);

  function contentOf({ width, height, draw }: Drawing, format: PictureFormat, name: string): string {
    const colours = pictureColours(document.documentElement);
    if (format === 'svg') {
      const pen = new SvgPen();
      draw(pen, colours);
      return pen.finish(width, height, colours.background, name);
    }
    const canvas = document.createElement('canvas');
    canvas.width = Math.round(width * PNG_RATIO);
    canvas.height = Math.round(height * PNG_RATIO);
    const context = canvas.getContext('2d');
    if (context === null) return '';
    context.scale(PNG_RATIO, PNG_RATIO);
    context.fillStyle = colours.background;
    context.fillRect(0, 0, width, height);
    draw(new CanvasPen(context), colours);
    const address = canvas.toDataURL('image/png');
    return address.slice(address.indexOf(',') + 1);
  }

  /** Asks for a place and saves the picture that stands on the stage. */
  async function save(format: PictureFormat): Promise<void> {
    if (offer.value === null) {
      toasts.show('info', 'Choose Logs or Space-time on the stage first: these pictures can be exported.');
      return;
    }
    const { name, drawing } = offer.value;
    const answer = await actions.run('picture:save', { format, name, content: contentOf(drawing(), format, name) });
    if (answer !== null && answer.value !== null) toasts.show('info', `The picture is in ${answer.value.path}.`);
  }

  return { offer, save };
});

/** Offers a picture for export while the calling component lives. */
export function useOfferedPicture(offer: PictureOffer): void {
  const pictures = usePictureStore();
  pictures.offer = offer;
  onScopeDispose(() => {
    if (pictures.offer === offer) pictures.offer = null;
  });
}
