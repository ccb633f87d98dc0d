import { tellMainStory } from './stories/main_story.ts';

tellMainStory('0.145.0');
