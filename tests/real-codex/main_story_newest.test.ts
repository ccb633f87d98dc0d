import { newest } from './lab/codex_versions.ts';
import { tellMainStory } from './stories/main_story.ts';

tellMainStory(newest);
