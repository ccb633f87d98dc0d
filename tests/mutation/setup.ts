import fc from 'fast-check';

// A property runs hundreds of cases, and a mutant would run them all again.
fc.configureGlobal({ interruptAfterTimeLimit: 150, markInterruptAsFailure: false });
