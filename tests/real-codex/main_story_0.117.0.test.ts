import { tellMainStory } from './stories/main_story.ts';

tellMainStory('0.117.0');
